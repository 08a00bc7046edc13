/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ports that come and go while a bridge runs. */
class ChangingPortsTest extends PipeBridge {
    @Test
    void aPortThatIsAddedHasFramesAndOneThatIsRemovedHasNone() throws Exception {
        open(2);
        BridgePort third = bridge.addPort(port(2)).sync().getNow();
        host(2);
        assertThat(third.state()).isEqualTo(PortState.UP);
        assertThat(bridge.ports()).hasSize(3).last().isSameAs(third);
        assertPasses(2, 0, frame(BROADCAST, STATION_C, 1));
        assertThat(received.get(1).next()).isEqualTo(frame(BROADCAST, STATION_C, 1));
        assertPasses(0, 2, frame(STATION_C, STATION_A, 2));
        assertThat(received.get(1).staysQuiet()).isTrue();

        bridge.removePort(third).sync();
        assertThat(third.state()).isEqualTo(PortState.GONE);
        assertThat(third.channels()).allSatisfy(channel -> assertThat(channel.isOpen()).isFalse());
        assertThat(bridge.ports()).hasSize(2);
        assertThat(bridge.stations()).extracting(Station::address).containsExactly(MacAddress.of(STATION_A));
        // The frame is flooded, as the station is forgotten.
        assertPasses(0, 1, frame(STATION_C, STATION_A, 3));
        assertThat(third.stats().rxFrames()).isEqualTo(1);
        assertThat(third.stats().txFrames()).isEqualTo(1);
        bridge.removePort(third).sync();
        bridge.close();
        String first = "vale6:p{0,driver=embedded";
        String second = "vale6:p{1,driver=embedded";
        assertThat(listener.events).containsExactly("opened " + first, "opened " + second, "opened " + third.name(),
            "gone " + third.name(), "gone " + first, "gone " + second);
        assertThat(listener.reports).isEmpty();
    }

    /** Ports come and go without any effect on the traffic between two other ports: no frame is lost or changed. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void portsThatComeAndGoDisturbNoOthers(boolean known) throws Exception {
        open(2);
        if (known) {
            assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        }
        int frames = 3000;
        FutureTask<Void> sender = new FutureTask<>(() -> {
            for (int i = 0; i < frames; i++) {
                hosts.get(0).writeAndFlush(Unpooled.wrappedBuffer(frame(STATION_B, STATION_A, i))).sync();
            }
            return null;
        });
        // On this thread, as an event loop must not wait.
        new Thread(sender, "sender").start();
        int changes = 0;
        while (!sender.isDone() || changes < 20) {
            BridgePort other = bridge.addPort(port(2)).sync().getNow();
            assertThat(other.state()).isEqualTo(PortState.UP);
            bridge.removePort(other).sync();
            changes++;
        }
        sender.get();
        for (int i = 0; i < frames; i++) {
            assertThat(received.get(1).next()).isEqualTo(frame(STATION_B, STATION_A, i));
        }
        assertThat(bridge.ports()).hasSize(2);
        assertThat(bridge.stats().ports()).allSatisfy(port -> {
            assertThat(port.rxDrops()).isEmpty();
            assertThat(port.txDrops()).isEmpty();
        });
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void framesForAPortThatIsRemovedAreSentOrCounted() throws Exception {
        open(3);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        assertThat(received.get(2).next()).isEqualTo(frame(BROADCAST, STATION_B, 0));
        BridgePort full = bridge.ports().get(1);
        // Nobody reads at the far end, so that its ring fills, and then the queue of the port.
        hosts.get(1).config().setAutoRead(false);
        hosts.get(1).eventLoop().submit(() -> { }).sync();
        int frames = 5000;
        for (int i = 0; i < frames; i++) {
            send(0, frame(STATION_B, STATION_A, i));
        }
        BridgePort from = bridge.ports().get(0);
        await("all received", () -> from.stats().rxFrames() == frames);
        assertThat(full.channel().isFull()).isTrue();
        bridge.removePort(full).sync();
        PortStats end = full.stats();
        assertThat(end.txDrops().get(DropReason.CLOSED)).isPositive();
        assertThat(end.txFrames() + end.txDrops().values().stream().mapToLong(Long::longValue).sum())
            .isEqualTo(frames);
        assertThat(listener.reports).isEmpty();
    }

    /** Not by the bridge, which hears of it later. */
    @Test
    void framesForAPortThatClosesByItselfAreSentOrCounted() throws Exception {
        open(3);
        assertPasses(1, 0, frame(BROADCAST, STATION_B, 0));
        BridgePort full = bridge.ports().get(1);
        hosts.get(1).config().setAutoRead(false);
        hosts.get(1).eventLoop().submit(() -> { }).sync();
        int frames = 5000;
        for (int i = 0; i < frames; i++) {
            send(0, frame(STATION_B, STATION_A, i));
        }
        BridgePort from = bridge.ports().get(0);
        await("all received", () -> from.stats().rxFrames() == frames);
        // What was handed over is in the channel's queue once its event loop has had a turn.
        from.channel().eventLoop().submit(() -> { }).sync();
        full.channel().eventLoop().submit(() -> { }).sync();
        full.channel().close().sync();
        PortStats end = full.stats();
        assertThat(end.txDrops().get(DropReason.CLOSED)).isPositive();
        assertThat(end.txFrames() + end.txDrops().values().stream().mapToLong(Long::longValue).sum())
            .isEqualTo(frames);
        assertThat(listener.reports).isEmpty();
    }

    @Test
    void aChannelOfTheCallersOwnBecomesAPort() throws Exception {
        open(2);
        List<Object> seen = new ArrayList<>();
        FrameChannel own = (FrameChannel) new Bootstrap().group(group).channel(NetmapChannel.class)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    seen.add(msg);
                    ctx.fireChannelRead(msg);
                }
            }).bind(NetmapAddress.parse("vale6:p{2")).sync().channel();
        BridgePort port = bridge.addPort(own, PortOptions.DEFAULT).sync().getNow();
        host(2);
        assertThat(port.channels()).containsExactly(own);
        assertPasses(2, 0, frame(BROADCAST, STATION_C, 1));
        assertPasses(0, 2, frame(STATION_C, STATION_A, 2));
        assertThat(seen).hasSize(1);

        Future<BridgePort> twice = bridge.addPort(own, PortOptions.DEFAULT).await();
        assertThat(twice.cause()).hasMessageContaining("is a port of a bridge already");
        assertThat(own.isActive()).isTrue();
        own.close().sync();
        await("it has gone", () -> bridge.ports().size() == 2);
        await("it is told", () -> listener.events.contains("gone " + port.name()));
    }

    @Test
    void aBootstrapOfTheCallersOwnOpensAPort() throws Exception {
        open(1);
        ChannelHandler initializer = bridge.portInitializer(PortOptions.DEFAULT);
        Bootstrap bootstrap = new Bootstrap().group(group).channel(NetmapChannel.class).handler(initializer);
        Channel own = bootstrap.bind(NetmapAddress.parse("vale6:p{1")).sync().channel();
        await("it is a port", () -> bridge.ports().size() == 2);
        host(1);
        assertPasses(1, 0, frame(BROADCAST, STATION_C, 1));
        // The address is taken: the channel never becomes active.
        assertThat(bootstrap.bind(NetmapAddress.parse("vale6:p{1")).await().isSuccess()).isFalse();
        await("it is told", () -> !listener.reports.isEmpty());
        assertThat(listener.reports).singleElement().asString().contains("was closed before it was bound");
        bridge.close();
        assertThat(own.isOpen()).isFalse();
    }

    @Test
    void aChannelThatDoesNotFitIsRefused() throws Exception {
        open(1);
        NetmapChannel free = new NetmapChannel();
        assertThatThrownBy(() -> bridge.addPort(free, PortOptions.DEFAULT)).hasMessageContaining("is not registered");
        assertThatThrownBy(() -> bridge.addPort(free, PortOptions.builder().queues(2).build()))
            .hasMessageContaining("what you opened it with");
        assertThatThrownBy(() -> bridge.addPort("tun:rt0")).hasMessageContaining("this port carries IP packets");
        assertThatThrownBy(() -> bridge.addPort("tun:rt0,gro=perhaps")).hasMessageContaining("gro");
        free.unsafe().closeForcibly();
        Future<BridgePort> same = bridge.addPort(port(0)).await();
        assertThat(same.cause()).isInstanceOf(IOException.class).hasMessageContaining("cannot be opened");
        assertThat(bridge.ports()).hasSize(1);
    }

    @Test
    void portsThatAreBeingAddedWhenTheBridgeClosesAreClosed() throws Exception {
        for (int round = 0; round < 20; round++) {
            bridge = Bridge.builder().port(port(0)).build();
            bridge.open(group).sync();
            List<Future<BridgePort>> added = new ArrayList<>();
            for (int i = 1; i < 10; i++) {
                added.add(bridge.addPort(port(i)));
                if (i == round % 10) {
                    bridge.shutdown();
                }
            }
            bridge.close();
            assertThat(bridge.ports()).isEmpty();
            for (Future<BridgePort> one : added) {
                assertThat(one.isDone()).isTrue();
                if (one.isSuccess()) {
                    assertThat(one.getNow().closeFuture().isDone()).isTrue();
                } else {
                    assertThat(one.cause()).isInstanceOfAny(IllegalStateException.class, IOException.class);
                }
            }
            // All of them are free.
            for (int i = 0; i < 10; i++) {
                FramePort port = FramePorts.parse(port(i));
                port.bootstrap(group).handler(new ChannelInboundHandlerAdapter()).bind().sync().channel().close()
                    .sync();
            }
        }
    }

    @Test
    void aBridgeThatIsNotOpenTakesNoPorts() throws Exception {
        bridge = Bridge.builder().build();
        assertThat(bridge.addPort(port(0)).cause()).hasMessage("the bridge is not open");
        bridge.open(group).sync();
        assertThat(bridge.ports()).isEmpty();
        assertThatThrownBy(() -> bridge.open(group)).isInstanceOf(IllegalStateException.class);
        bridge.addPort(port(0)).sync();
        bridge.close();
        assertThat(bridge.addPort(port(0)).cause()).hasMessage("the bridge is not open");
        assertThat(bridge.closeFuture().isSuccess()).isTrue();
    }

    @Test
    void whereNobodyMayWaitClosingIsRefused() throws Exception {
        open(1);
        Bridge open = bridge;
        assertThatThrownBy(() -> group.submit(open::close).sync()).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("use shutdown()");
        group.submit(open::shutdown).sync();
        open.closeFuture().sync();
    }
}
