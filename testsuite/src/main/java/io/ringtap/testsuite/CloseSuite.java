/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What happens to the frames when a channel closes. Frames that were flushed before are sent, unless the device is
 * full, and each promise says what happened to its frame.
 */
abstract class CloseSuite extends ChannelTests {
    private static ByteBuf frame(long number) {
        return Unpooled.directBuffer(60).writeBytes(TestFrames.frame(number));
    }

    @BeforeEach
    final void outliveTheChannel() {
        testbed().outliveChannels();
    }

    private static List<ChannelFuture> write(FrameChannel channel, int first, int count) {
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            written.add(channel.write(frame(i)));
        }
        return written;
    }

    /** Returns the numbers of all frames that the channel has sent. Waits for so many, but not forever. */
    private List<Long> allReceived(int expected) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (byte[] frame; (frame = testbed().receive(numbers.size() < expected ? 2000 : 20)) != null;) {
            numbers.add(TestFrames.number(frame));
        }
        return numbers;
    }

    /**
     * Asserts that the frames from number 1 on were sent, once and in order, and that their promises and the counter
     * say so.
     */
    private void assertSent(FrameChannel channel, long first, List<ChannelFuture> written) throws Exception {
        for (int i = 0; i < written.size(); i++) {
            assertThat(causeOf(written.get(i))).as("why frame %d of %d failed", i, written.size()).isNull();
        }
        assertThat(allReceived(written.size())).isEqualTo(numbers(first, written.size()));
        assertThat(channel.stats().txFrames()).isEqualTo(written.size());
        assertThat(channel.stats().txDrops()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 200})
    void whatWasFlushedBeforeCloseIsSent(int count) throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, count);
            channel.flush();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        assertSent(channel, 0, written);
    }

    @Test
    void whatWasFlushedBeforeCloseIsSentWhateverTheBudgetOfAFlush() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_WRITE, 3);
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, 50);
            channel.flush();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        assertSent(channel, 0, written);
    }

    @Test
    void whatWasWrittenAndNotFlushedBeforeCloseFails() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, 5);
            channel.flush();
            futures.addAll(write(channel, 5, 5));
            channel.close();
            // The channel reads nothing any more.
            futures.add(channel.writeAndFlush(frame(10)));
            return futures;
        });
        for (int i = 5; i < written.size(); i++) {
            assertThat(causeOf(written.get(i))).as("frame %d", i).isInstanceOf(ClosedChannelException.class);
        }
        assertSent(channel, 0, written.subList(0, 5));
    }

    @Test
    void aFrameWhosePromiseClosesTheChannelIsSent() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ChannelFuture written = channel.writeAndFlush(frame(7)).addListener(ChannelFutureListener.CLOSE);
        channel.closeFuture().sync();
        assertSent(channel, 7, List.of(written));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 39})
    void framesAreSentThoughThePromiseOfOneClosesTheChannel(int closing) throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, 40);
            futures.get(closing).addListener(ChannelFutureListener.CLOSE);
            channel.flush();
            return futures;
        });
        channel.closeFuture().sync();
        assertSent(channel, 0, written);
    }

    @Test
    void aBatchWhosePromiseClosesTheChannelIsSent() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ChannelFuture written = onLoop(channel, () -> {
            FrameBatch batch = FrameBatch.newInstance();
            for (int i = 0; i < 40; i++) {
                batch.add(frame(i));
            }
            ChannelFuture future = channel.write(batch).addListener(ChannelFutureListener.CLOSE);
            channel.flush();
            return future;
        });
        channel.closeFuture().sync();
        assertThat(causeOf(written)).isNull();
        assertThat(allReceived(40)).isEqualTo(numbers(0, 40));
        assertThat(channel.stats().txFrames()).isEqualTo(40);
    }

    @Test
    void batchesFlushedBeforeCloseAreSent() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = new ArrayList<>();
            for (int first = 0; first < 100; first += 20) {
                FrameBatch batch = FrameBatch.newInstance();
                for (int i = first; i < first + 20; i++) {
                    batch.add(frame(i));
                }
                futures.add(channel.write(batch));
            }
            channel.flush();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        assertThat(allReceived(100)).isEqualTo(numbers(0, 100));
    }

    @Test
    void aRefusedFrameFailsAloneThoughTheChannelCloses() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, 5);
            futures.add(channel.write(Unpooled.buffer(0).retainedDuplicate()));
            ByteBuf released = frame(99);
            futures.add(channel.write(released));
            futures.addAll(write(channel, 5, 45));
            released.release();
            channel.flush();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        assertThat(causeOf(written.get(6))).isNotNull();
        for (int i = 0; i < written.size(); i++) {
            if (i < 5 || i > 6) {
                assertThat(causeOf(written.get(i))).as("why frame %d failed", i).isNull();
            }
        }
        assertThat(allReceived(50)).isEqualTo(numbers(0, 50));
    }

    @Test
    void whatIsFlushedBetweenTwoEventLoopsIsSentByClose() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.deregister().sync();
        ChannelFuture written = channel.writeAndFlush(frame(1));
        channel.close().sync();
        assertSent(channel, 1, List.of(written));
    }

    @Test
    void closeRightAfterDeregisterTellsTheTruth() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = write(channel, 0, 60);
            channel.flush();
            channel.deregister();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        assertSent(channel, 0, written);
    }

    @Test
    void whatAFullDeviceHasNotTakenFails() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        Assumptions.assumeTrue(testbed().stall(), "a device of this transport is never full");
        int count = 1200;
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                futures.add(channel.write(Unpooled.directBuffer().writeBytes(TestFrames.frame(i, 1000))));
            }
            channel.flush();
            channel.close();
            return futures;
        });
        channel.closeFuture().sync();
        int sent = 0;
        for (ChannelFuture future : written) {
            Throwable cause = causeOf(future);
            if (cause != null) {
                assertThat(cause).isInstanceOf(ClosedChannelException.class);
            } else {
                assertThat(causeOf(written.get(sent))).as("frame %d, before one that was sent", sent).isNull();
                sent++;
            }
        }
        assertThat(sent).isBetween(1, count - 1);
        assertThat(channel.stats().txFrames()).isEqualTo(sent);
        testbed().resume();
        assertThat(received(sent)).isEqualTo(numbers(0, sent));
        assertThat(testbed().receive(100)).isNull();
    }
}
