/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.netmap.device.NetmapDevice;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.unix.Platform;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A sync fails with EIO if the card was set down, and also if it is gone. Only the latter ends the channel. */
class CardDownTest {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private StandInCard card;
    private EventLoopGroup group;
    private final Sink sink = new Sink();
    private final Sink atPeer = new Sink();
    private NetmapChannel channel;
    private NetmapChannel peer;

    @BeforeEach
    void openPipe() throws Exception {
        card = new StandInCard(netmap);
    }

    @AfterEach
    void close() throws InterruptedException {
        if (group != null) {
            channel.close().sync();
            peer.close().sync();
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
        card.close();
    }

    private void open(TestLoop loop, String name) throws InterruptedException {
        group = loop.newGroup(1);
        peer = (NetmapChannel) Sink.bootstrap(group, atPeer).option(NetmapChannelOption.DRIVER, netmap)
            .bind(NetmapAddress.parse("vale0:peer")).sync().channel();
        channel = (NetmapChannel) Sink.bootstrap(group, sink).option(NetmapChannelOption.DRIVER, card)
            .bind(NetmapAddress.parse(name)).sync().channel();
        channel.writeAndFlush(frame(60)).sync();
        atPeer.assertReceives(frame(60));
    }

    private static void assertRefused(ChannelFuture written) throws InterruptedException {
        assertThat(written.await().cause()).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(DropReason.DOWN)).hasMessageContaining("is down");
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void framesAreRefusedWhileItIsDownAndTheChannelGoesOn(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:lo");
        card.stopped = true;
        // The frame goes into the ring before the failure is noticed, so netmap has it.
        channel.writeAndFlush(frame(61)).sync();
        for (int i = 0; i < 10; i++) {
            assertRefused(channel.writeAndFlush(frame(70)));
        }
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.stats().txDrops(DropReason.DOWN)).isEqualTo(10);
        card.stopped = false;
        channel.writeAndFlush(frame(62)).sync();
        atPeer.assertReceives(frame(61));
        atPeer.assertReceives(frame(62));
        assertThat(sink.failures).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void whatWasInTheRingGoesOnItsWayWhenItIsUp(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:lo");
        card.stopped = true;
        channel.writeAndFlush(frame(61)).sync();
        card.stopped = false;
        atPeer.assertReceives(frame(61));
    }

    /** As on FreeBSD, where syncs of an interface that is down succeed: nobody writes, and nothing wakes up. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void whatASyncLeftInTheRingGoesOnItsWayLater(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:lo");
        card.holding = true;
        channel.writeAndFlush(frame(61)).sync();
        channel.eventLoop().submit(() -> { }).sync();
        card.holding = false;
        atPeer.assertReceives(frame(61));
        assertThat(sink.failures).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aFlushLargerThanTheRingFillsItAndEnds(TestLoop loop) throws Exception {
        open(loop, "netmap:lo@conf:slots=64");
        card.stopped = true;
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            written.add(channel.write(frame(60 + i)));
        }
        channel.flush();
        int sent = 0;
        for (ChannelFuture future : written) {
            if (future.await().isSuccess()) {
                sent++;
            } else {
                assertRefused(future);
            }
        }
        assertThat(sent).isBetween(32, 63);
        card.stopped = false;
        for (int i = 0; i < sent; i++) {
            atPeer.assertReceives(frame(60 + i));
        }
        assertThat(channel.stats().txFrames()).isEqualTo(sent + 1);
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void readingGoesOnToo(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:lo");
        card.stopped = true;
        card.wake();
        await("three reads that fail", () -> card.failedReads.get() >= 3);
        assertThat(channel.isActive()).isTrue();
        card.stopped = false;
        peer.writeAndFlush(frame(80)).sync();
        sink.assertReceives(frame(80));
        card.calm();
        assertThat(sink.failures).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void oneThatIsGoneEndsItsChannel(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:rtnone0");
        card.stopped = true;
        channel.writeAndFlush(frame(61)).await();
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(sink.failures.poll(20, TimeUnit.SECONDS)).isInstanceOfSatisfying(NetmapException.class,
            cause -> assertThat(cause.error()).isEqualTo(NetmapError.EIO));
    }

    /** The watch is a timer, which an exception would end. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#available")
    void aWatchThatFailedOnceGoesOn(TestLoop loop) throws InterruptedException {
        open(loop, "netmap:rtnone0");
        card.broken.set(true);
        await("a look that fails", () -> !card.broken.get());
        card.stopped = true;
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).as("the channel is closed").isTrue();
    }

    /** With half of its memory, the poll would have no time at which it ends. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aLookForWhichThereWasNoMemoryDoesNotBlockTheNext() throws Exception {
        NetmapPort port = NetmapPort.open(card, NetmapAddress.parse("netmap:lo"), 0, 0);
        NetmapDevice device = new NetmapDevice(port, port.address(), 0, false, UnpooledByteBufAllocator.DEFAULT);
        Platform before = Platform.current();
        AtomicInteger blocks = new AtomicInteger();
        Platform.install(before.withMemory(size -> {
            if (blocks.incrementAndGet() == 2) {
                throw new OutOfMemoryError("of this test");
            }
            return before.memory().apply(size);
        }));
        try {
            assertThatThrownBy(device::blind).isInstanceOf(OutOfMemoryError.class);
            assertThat(device.blind()).isNull();
        } finally {
            Platform.install(before);
            device.close();
        }
    }
}
