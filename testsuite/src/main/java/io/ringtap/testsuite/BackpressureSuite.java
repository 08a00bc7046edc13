/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.WriteBufferWaterMark;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A device that is full, for real. */
public abstract class BackpressureSuite extends FrameChannelSuite {
    private static final int LENGTH = 1000;

    private FrameCollector collector;

    private FrameChannel stalled() throws Exception {
        collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(5 * LENGTH, 10 * LENGTH));
        Assumptions.assumeTrue(testbed().stall(), "a device of this transport is never full");
        return channel;
    }

    private static List<ChannelFuture> write(FrameChannel channel, int first, int count) throws Exception {
        return onLoop(channel, () -> {
            List<ChannelFuture> futures = new ArrayList<>();
            for (int i = first; i < first + count; i++) {
                futures.add(channel.write(Unpooled.copiedBuffer(TestFrames.frame(i, LENGTH))));
            }
            channel.flush();
            return futures;
        });
    }

    @Test
    void framesKeepTheirOrderAndNoneIsLost() throws Exception {
        FrameChannel channel = stalled();
        List<ChannelFuture> written = write(channel, 0, 60);
        await("the device is full", () -> !channel.isWritable());
        Thread.sleep(50);
        long sent = channel.stats().txFrames();
        assertThat(sent).isLessThan(60);
        assertThat(written.get(59).isDone()).isFalse();
        // More of it, flushed while the device is full, may not overtake.
        written.addAll(write(channel, 60, 5));
        testbed().resume();
        assertThat(received(65)).isEqualTo(numbers(0, 65));
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        await("writable", () -> channel.isWritable() && collector.events().contains("writable"));
        assertThat(channel.stats().txFrames()).isEqualTo(65);
        assertThat(channel.stats().txDrops()).isZero();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void closeFailsAndReleasesWhatIsWaiting() throws Exception {
        FrameChannel channel = stalled();
        List<ChannelFuture> written = write(channel, 0, 60);
        await("the device is full", () -> !channel.isWritable());
        channel.close().sync();
        assertThat(causeOf(written.get(0))).isNull();
        assertThat(causeOf(written.get(59))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void readingGoesOnAndTheLoopDoesNotSpin() throws Exception {
        FrameChannel channel = stalled();
        write(channel, 0, 60);
        await("the device is full", () -> !channel.isWritable());
        testbed().send(TestFrames.frame(7));
        assertThat(collector.numbers(1)).containsExactly(7L);
        assertThat(cpuNanosOfLoop(channel, 300)).as("CPU time of a loop that waits for 300 ms").isLessThan(100_000_000);
        testbed().resume();
        assertThat(received(60)).isEqualTo(numbers(0, 60));
    }

    /** How much CPU the event loop's thread uses within some milliseconds. */
    static long cpuNanosOfLoop(FrameChannel channel, long millis) throws Exception {
        long thread = onLoop(channel, () -> Thread.currentThread().getId());
        long before = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
        Thread.sleep(millis);
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread) - before;
    }
}
