/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** How each error of the kernel is reported, and the events of the link, on every event loop. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapFailureTest extends RealTapTest {
    @Parameter
    TestLoop loop;

    private final FrameCollector collector = new FrameCollector();

    @Override
    TestLoop loop() {
        return loop;
    }

    private static void assertRefused(Throwable cause, DropReason reason) {
        assertThat(cause).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    @Test
    void aShortFrameFailsAlone() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        PacketSocket peer = packetSocket("t0");
        List<ChannelFuture> written = tap.eventLoop().submit(() -> {
            List<ChannelFuture> futures = new ArrayList<>();
            futures.add(tap.write(Unpooled.copiedBuffer(TestFrames.frame(0))));
            futures.add(tap.write(Unpooled.copiedBuffer(TestFrames.frame(1), 0, 13)));
            futures.add(tap.write(Unpooled.buffer(1)));
            futures.add(tap.write(Unpooled.copiedBuffer(TestFrames.frame(2))));
            tap.flush();
            return futures;
        }).get();
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(written.get(0).cause()).isNull();
        assertRefused(written.get(1).cause(), DropReason.REFUSED);
        assertThat(written.get(1).cause()).hasMessageContainingAll("tap:t0", "14 bytes");
        assertRefused(written.get(2).cause(), DropReason.REFUSED);
        assertThat(written.get(3).cause()).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(0));
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(2));
        assertThat(tap.stats().txDropsByReason()).isEqualTo(Map.of(DropReason.REFUSED, 2L));
        assertThat(tap.stats().txFrames()).isEqualTo(2);
        assertThat(collector.exceptions()).isEmpty();
    }

    /** Whoever waits for a promise adds a suppressed exception to its cause, as Netty's sync() does. */
    @Test
    void aRefusalIsItsFramesOwn() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        Throwable first = write(tap, Unpooled.buffer(1).writeZero(1));
        Throwable second = write(tap, Unpooled.buffer(1).writeZero(1));
        first.addSuppressed(new IllegalStateException("of the first"));
        assertThat(second).isNotSameAs(first).hasMessage(first.getMessage()).hasNoSuppressedExceptions();
        namespace.ip("link", "set", "t0", "down");
        assertRefused(write(tap, TestFrames.frame(0)), DropReason.DOWN);
        Throwable down = write(tap, TestFrames.frame(0));
        down.addSuppressed(new IllegalStateException("of this one"));
        assertThat(write(tap, TestFrames.frame(0))).hasMessage(down.getMessage()).hasNoSuppressedExceptions();
    }

    @Test
    void aVnetHeaderThatContradictsItsFrameFailsItAlone() throws Exception {
        TapChannel tap = open("t0", Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE), collector);
        ByteBuf wrong = Unpooled.buffer().writeZero(12).writeBytes(TestFrames.frame(1));
        wrong.setByte(1, 0x1f);
        assertRefused(write(tap, wrong), DropReason.REFUSED);
        assertRefused(write(tap, Unpooled.buffer().writeZero(11)), DropReason.REFUSED);
        assertThat(write(tap, Unpooled.buffer().writeZero(12).writeBytes(TestFrames.frame(2)))).isNull();
    }

    @Test
    void aFrameWrittenWhileDownFailsAndTheChannelRecovers() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        namespace.ip("link", "set", "t0", "down");
        for (int i = 0; i < 3; i++) {
            Throwable cause = write(tap, TestFrames.frame(i));
            assertRefused(cause, DropReason.DOWN);
            assertThat(cause).hasMessageContainingAll("tap:t0 is down", "ip link set dev t0 up");
        }
        assertThat(tap.stats().txDrops(DropReason.DOWN)).isEqualTo(3);
        // The kernel has counted these frames as well. They must not be counted twice.
        assertThat(tap.deviceDrops().sent()).isZero();
        await("LinkDown", () -> collector.deviceEvents().contains(new DeviceEvent.LinkDown()));
        namespace.ip("link", "set", "t0", "up");
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        PacketSocket peer = packetSocket("t0");
        assertThat(write(tap, TestFrames.frame(9))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(9));
        peer.send(TestFrames.frame(10));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(10));
        assertThat(tap.isActive()).isTrue();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void aChannelBoundToATapThatIsDownWaits() throws Exception {
        TapChannel tap = open("t0", Map.of(TapChannelOption.UP, false), collector);
        assertRefused(write(tap, TestFrames.frame(1)), DropReason.DOWN);
        tap.config().setUp(true);
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(2));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(2));
    }

    @Test
    void aTruncatedFrameIsCountedAndNeverPassedOn() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(0));
        collector.next();
        tap.eventLoop().submit(() -> {
            // As if the frame arrives before the message about the new MTU.
            tap.tapDevice().unwatch();
            namespace.ip("link", "set", "t0", "mtu", "9000");
            peer.send(TestFrames.frame(1, 9014));
            peer.send(TestFrames.frame(2, 9014));
            return null;
        }).sync();
        // A loop with completions may have submitted several reads with short buffers.
        await("every frame is counted", () -> tap.stats().rxFrames() + tap.stats().rxDrops() == 3);
        long truncated = tap.stats().rxDrops(DropReason.TRUNCATED);
        assertThat(truncated).isBetween(1L, 2L);
        assertThat(tap.stats().rxDrops()).isEqualTo(truncated);
        peer.send(TestFrames.frame(3, 9014));
        for (long number = 1 + truncated; number <= 3; number++) {
            assertThat(collector.next()).isEqualTo(TestFrames.frame(number, 9014));
        }
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void anMtuRaisedByAnotherProgramLosesNothingOnceHeardOf() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        PacketSocket peer = packetSocket("t0");
        namespace.ip("link", "set", "t0", "mtu", "9000");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 9000));
        peer.send(TestFrames.frame(1, 9014));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1, 9014));
        assertThat(tap.stats().rxDrops()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeletedInterfaceClosesTheChannelAndSaysWhy(boolean autoRead) throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.AUTO_READ, autoRead), collector);
        namespace.ip("link", "del", "t0");
        assertGone(tap);
    }

    @Test
    void aWriteThatFindsTheInterfaceGoneClosesTheChannel() throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.AUTO_READ, false), collector);
        ChannelFuture written = tap.eventLoop().submit(() -> {
            namespace.ip("link", "del", "t0");
            return tap.writeAndFlush(Unpooled.copiedBuffer(TestFrames.frame(1)));
        }).get();
        assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(written.cause()).isInstanceOf(IOException.class).hasMessageContaining("tap:t0 is gone");
        assertGone(tap);
    }

    @Test
    void aWriteThatFindsTheInterfaceGoneClosesAlsoWithoutAutoClose() throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.AUTO_CLOSE, false), collector);
        ChannelFuture written = tap.eventLoop().submit(() -> {
            namespace.ip("link", "del", "t0");
            return tap.writeAndFlush(Unpooled.copiedBuffer(TestFrames.frame(1)));
        }).get();
        assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(written.cause()).isInstanceOf(IOException.class);
        assertGone(tap);
    }

    @Test
    void whoWritesWhenItHearsOfTheEndIsAnsweredOnce() throws Exception {
        FrameCollector stubborn = new FrameCollector() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
                super.exceptionCaught(ctx, cause);
                ctx.writeAndFlush(Unpooled.copiedBuffer(TestFrames.frame(2)));
            }
        };
        TapChannel tap = open("t0", Map.of(), stubborn);
        namespace.ip("link", "del", "t0");
        assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
        await("inactive", () -> stubborn.events().contains("inactive"));
        assertThat(stubborn.exceptions()).hasSize(1);
    }

    private void assertGone(TapChannel tap) throws Exception {
        assertThat(tap.closeFuture().await(10, TimeUnit.SECONDS)).as("the channel closes").isTrue();
        await("inactive", () -> collector.events().contains("inactive"));
        assertThat(collector.deviceEvents().stream().filter(DeviceEvent.Gone.class::isInstance)).hasSize(1);
        assertThat(collector.exceptions()).singleElement().isInstanceOf(IOException.class)
            .satisfies(e -> assertThat(e).hasMessageContainingAll("tap:t0 is gone", "deleted"));
        assertIdle();
    }

    /** An error that is not cleared makes a loop spin. */
    private void assertIdle() throws Exception {
        LoopTurns.assertRest(group);
    }

    @Test
    void theLinkIsToldOfAsItChanges() throws Exception {
        TapChannel tap = open("t0", Map.of(), collector);
        namespace.ip("link", "set", "t0", "mtu", "1400");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400));
        namespace.ip("link", "set", "t0", "down");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.LinkDown());
        namespace.ip("link", "set", "t0", "up");
        awaitEvents(new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        collector.deviceEvents().clear();
        tap.config().setOption(TapChannelOption.CARRIER, false);
        awaitEvents(new DeviceEvent.LinkDown());
        tap.config().setOption(TapChannelOption.CARRIER, true);
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.LinkUp());
        // The link of another interface is ignored.
        collector.deviceEvents().clear();
        namespace.ip("link", "set", "lo", "mtu", "1000");
        namespace.ip("link", "set", "t0", "mtu", "1401");
        awaitEvents(new DeviceEvent.MtuChanged(1400, 1401));
    }

    @Test
    void theLinkIsToldOfAlsoInAnotherNamespace() throws Exception {
        open("t0", Map.of(), collector);
        TestNamespace other = closing(TestNamespace.create());
        namespace.ip("link", "set", "t0", "netns", other.name());
        awaitEvents(new DeviceEvent.LinkDown());
        other.ip("link", "set", "t0", "mtu", "1400");
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.MtuChanged(1500, 1400));
        other.ip("link", "set", "t0", "up");
        awaitEvents(new DeviceEvent.LinkDown(), new DeviceEvent.MtuChanged(1500, 1400), new DeviceEvent.LinkUp());
        assertThat(collector.exceptions()).isEmpty();
    }

    /** Redirects the frames of the channel to an interface that sends one frame per second. */
    private void stall() throws Exception {
        namespace.ip("link", "add", "v0", "type", "veth", "peer", "name", "v1");
        namespace.ip("link", "add", "name", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        for (String port : List.of("v0", "t0")) {
            namespace.ip("link", "set", port, "master", "br0");
        }
        for (String device : List.of("v0", "v1", "br0")) {
            namespace.ip("link", "set", device, "up");
        }
        namespace.tc("qdisc", "add", "dev", "v0", "root", "tbf", "rate", "8kbit", "burst", "1600", "limit", "1000000");
        await("the bridge forwards", () -> isUp("br0"));
    }

    private boolean isUp(String device) {
        try {
            return namespace.ip("link", "show", device).contains("state UP");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<ChannelFuture> writeUntilFull(TapChannel tap, int frames) throws Exception {
        List<ChannelFuture> written = tap.eventLoop().submit(() -> {
            List<ChannelFuture> futures = new ArrayList<>();
            for (int i = 0; i < frames; i++) {
                futures.add(tap.write(Unpooled.directBuffer().writeBytes(TestFrames.frame(i, 1000))));
            }
            tap.flush();
            return futures;
        }).get();
        await("the device is full", tap::isFull);
        return written;
    }

    @Test
    void whatWaitsForRoomWhenTheInterfaceIsSetDownIsRefused() throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.SO_SNDBUF, 20_000), collector);
        stall();
        List<ChannelFuture> written = writeUntilFull(tap, 60);
        namespace.ip("link", "set", "t0", "down");
        int sent = 0;
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).as("the promise is done").isTrue();
            if (future.isSuccess()) {
                sent++;
            } else {
                assertRefused(future.cause(), DropReason.DOWN);
            }
        }
        assertThat(tap.stats().txFrames()).isEqualTo(sent).isBetween(1L, 59L);
        assertThat(tap.stats().txDrops(DropReason.DOWN)).isEqualTo(60 - sent);
        assertRefused(write(tap, TestFrames.frame(99)), DropReason.DOWN);
        namespace.tc("qdisc", "del", "dev", "v0", "root");
        namespace.ip("link", "set", "t0", "up");
        await("LinkUp", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        assertThat(write(tap, TestFrames.frame(100))).isNull();
        assertIdle();
    }

    @Test
    void theSmallestSendBufferIsToldToBeWritableAgain() throws Exception {
        TapChannel tap = open("t0", Map.of(ChannelOption.SO_SNDBUF, TapSettings.MIN_SEND_BUFFER), collector);
        stall();
        List<ChannelFuture> written = writeUntilFull(tap, 20);
        namespace.tc("qdisc", "del", "dev", "v0", "root");
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).as("the promise is done").isTrue();
            assertThat(future.cause()).isNull();
        }
    }

    private void awaitEvents(DeviceEvent... events) throws Exception {
        try {
            await("events", () -> collector.deviceEvents().size() >= events.length);
        } finally {
            assertThat(collector.deviceEvents()).containsExactly(events);
        }
    }
}
