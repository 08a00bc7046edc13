/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.LongStream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Tests of one channel on one testbed, on every event loop of this machine. */
@ExtendWith(LeakExtension.class)
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#availableAndSpinning")
abstract class ChannelTests {
    /** A number of frames of 1000 octets that no stalled device has room for, see {@link FrameTestbed#stall}. */
    static final int MORE_THAN_FIT = FrameTestbed.ROOM + 100;

    @Parameter
    TestLoop loop;

    private final List<FrameChannel> channels = new ArrayList<>();
    private EventLoopGroup group;
    private FrameTestbed testbed;

    /** Makes a device that no other test knows. */
    abstract FrameTestbed newTestbed() throws Exception;

    @BeforeEach
    final void open() throws Exception {
        group = loop.newGroup(2);
        testbed = newTestbed();
    }

    @AfterEach
    final void close() throws Exception {
        try {
            for (FrameChannel channel : channels) {
                if (channel.isRegistered()) {
                    channel.close().await(Await.PATIENCE_MILLIS);
                } else {
                    channel.unsafe().closeForcibly();
                }
            }
        } finally {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(Await.PATIENCE_MILLIS);
            testbed.close();
        }
    }

    final EventLoopGroup group() {
        return group;
    }

    final FrameTestbed testbed() {
        return testbed;
    }

    /** A channel that is registered and not bound. */
    final FrameChannel register(ChannelHandler... handlers) throws InterruptedException {
        FrameChannel channel = testbed.newChannel();
        channels.add(channel);
        channel.pipeline().addLast(handlers);
        group.register(channel).sync();
        return channel;
    }

    /** An active channel. */
    final FrameChannel bind(ChannelHandler... handlers) throws Exception {
        return bind(channel -> { }, handlers);
    }

    /** An active channel, on which something is done before bind. */
    final FrameChannel bind(Consumer<FrameChannel> prepare, ChannelHandler... handlers) throws Exception {
        FrameChannel channel = register(handlers);
        prepare.accept(channel);
        bind(channel);
        return channel;
    }

    /** Makes a registered channel active. */
    final void bind(FrameChannel channel) throws Exception {
        channel.bind(testbed.address()).sync();
        // The promise is completed before channelActive is fired, which begins to read if autoRead is on by then.
        onLoop(channel, () -> null);
        testbed.ready();
    }

    /** Sends the frames with these numbers to the channel. */
    final void send(long first, int count) throws IOException {
        for (long number = first; number < first + count; number++) {
            testbed.send(TestFrames.frame(number));
        }
    }

    /**
     * Does the same with a channel that the first frame closes. The device may be gone before the last frame is sent.
     */
    final void sendToOneThatCloses(long first, int count) {
        try {
            send(first, count);
        } catch (IOException gone) {
            // The device is gone, which is allowed here.
        }
    }

    /** Waits until the channel has sent so many frames, and returns their numbers. */
    final List<Long> received(int count) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] frame = testbed.receive(Await.PATIENCE_MILLIS);
            assertThat(frame).as("frame %d of %d, after %s", i, count, numbers).isNotNull();
            numbers.add(TestFrames.number(frame));
        }
        return numbers;
    }

    /** Fails if the channel has sent more frames than those that were waited for. */
    final void assertNothingIsSent(FrameChannel channel) throws Exception {
        LoopTurns.settle(channel.eventLoop());
        assertThat(testbed.receive(0)).as("what the channel sent").isNull();
    }

    /** Waits until the channel's device has no room. */
    static void awaitFull(FrameChannel channel) throws InterruptedException {
        await("the device is full", () -> onLoop(channel, channel::isFull));
    }

    /** The numbers from one on. */
    static List<Long> numbers(long first, int count) {
        return LongStream.range(first, first + count).boxed().toList();
    }

    /** Runs something as one task on the channel's event loop, and waits for it. */
    static <T> T onLoop(FrameChannel channel, Callable<T> work) throws Exception {
        Future<T> done = channel.eventLoop().submit(work);
        assertThat(done.await(Await.PATIENCE_MILLIS)).as("the work on the event loop ends").isTrue();
        return done.get();
    }

    /** Waits for a write, and returns why it failed, or {@code null} if it succeeded. */
    static Throwable causeOf(ChannelFuture future) throws InterruptedException {
        assertThat(future.await(Await.PATIENCE_MILLIS)).as("the future completes").isTrue();
        return future.cause();
    }
}
