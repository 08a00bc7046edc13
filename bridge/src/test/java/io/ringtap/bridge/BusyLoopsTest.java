/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.BlockingOperationException;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ports whose event loop a handler keeps busy, or that has ended: the other ports go on. */
@Timeout(60)
class BusyLoopsTest {
    private final RecordingListener listener = new RecordingListener();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    /** Of a port that its own loop serves, which a test may keep busy or end. */
    private final EventLoopGroup other = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final CountDownLatch goOn = new CountDownLatch(1);
    private Bridge bridge;
    private BridgePort port;

    @BeforeEach
    void open() throws Exception {
        bridge = Bridge.builder().insideHeader(VnetHeaderLength.MERGEABLE).listener(listener).patience(200).build();
        bridge.open(group).sync();
        port = bridge.addPort(own(0, other, VnetHeaderLength.MERGEABLE), PortOptions.DEFAULT).sync().getNow();
    }

    @AfterEach
    void close() {
        goOn.countDown();
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        other.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static String name(int number) {
        return "vale7:p{" + number;
    }

    private static FrameChannel own(int number, EventLoopGroup loops, VnetHeaderLength header)
        throws InterruptedException {
        ChannelHandler nothing = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
            }
        };
        return (FrameChannel) new Bootstrap().group(loops).channel(NetmapChannel.class)
            .option(FrameChannelOption.VNET_HEADERS, List.of(header)).handler(nothing)
            .bind(NetmapAddress.parse(name(number))).sync().channel();
    }

    private Future<BridgePort> add(int number, String keys) {
        return bridge.addPort(name(number) + ",driver=embedded" + keys);
    }

    private void keepBusy() throws InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        other.execute(() -> {
            busy.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        busy.await();
    }

    /** It sends plain frames, for which the port whose loop is busy has nothing to do. */
    @Test
    void aPortThatNeedsNothingFromTheOthersDoesNotWaitForThem() throws Exception {
        keepBusy();
        BridgePort added = add(1, "").sync().getNow();
        assertThat(bridge.ports()).containsExactly(port, added);
        assertThat(goOn.getCount()).isOne();
    }

    /** Its round may have frames for the port, and does not end. */
    @Test
    void aPortThatIsRemovedIsClosedThoughAnotherIsBusy() throws Exception {
        BridgePort added = add(1, "").sync().getNow();
        keepBusy();
        bridge.removePort(added).sync();
        assertThat(added.channel().isOpen()).isFalse();
        assertThat(bridge.ports()).containsExactly(port);
        assertThat(goOn.getCount()).isOne();
    }

    @Test
    void aPortThatHasToDoMoreIsWaitedForInVain() throws Exception {
        bridge.removePort(port).sync();
        await("it has gone", () -> bridge.ports().isEmpty());
        // A plain port, which has to segment what a port with offloads sends.
        FrameChannel channel = own(3, other, VnetHeaderLength.NONE);
        BridgePort plain = bridge.addPort(channel, PortOptions.DEFAULT).sync().getNow();
        keepBusy();
        Future<BridgePort> added = add(1, ",vnet=12").await();
        assertThat(added.cause()).isInstanceOf(IOException.class)
            .hasMessageContaining("the event loop of port " + plain.name() + " did not answer for 200 ms");
        assertThat(bridge.ports()).containsExactly(plain);
        goOn.countDown();
        add(1, ",vnet=12").sync();
        assertThat(channel.pipeline().get(GsoSegmenter.class)).isNotNull();
        assertThat(bridge.ports()).hasSize(2);
    }

    @Test
    void anEventLoopThatHasEndedIsNotWaitedFor() throws Exception {
        other.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        await("its port has gone", () -> bridge.ports().isEmpty());
        bridge.removePort(port).sync();
        assertThat(port.closeFuture().isDone()).isTrue();
        add(1, ",vnet=12").sync();
        assertThat(bridge.ports()).hasSize(1);
    }

    @Test
    void withoutEventLoopsNoPortIsAdded() throws Exception {
        FrameChannel own = own(1, other, VnetHeaderLength.NONE);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThat(add(2, "").await().isSuccess()).isFalse();
        other.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThatThrownBy(() -> bridge.addPort(own, PortOptions.DEFAULT)).hasMessageContaining("is not registered");
        bridge.close();
        assertThat(bridge.closeFuture().isSuccess()).isTrue();
    }

    @Test
    void anEventLoopThatWouldWaitForItselfIsRefused() throws Exception {
        Future<?> waits = other.submit(() -> add(1, ",vnet=12").awaitUninterruptibly()).await();
        assertThat(waits.cause()).isInstanceOf(BlockingOperationException.class)
            .hasMessageContaining("add a listener instead");
        await("it is added all the same", () -> bridge.ports().size() == 2);
        assertThatThrownBy(() -> other.submit(() -> port.closeFuture().awaitUninterruptibly()).sync())
            .isInstanceOf(BlockingOperationException.class);
    }
}
