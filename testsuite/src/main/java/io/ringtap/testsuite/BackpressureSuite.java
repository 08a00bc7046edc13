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

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A device whose queue is really full. */
abstract class BackpressureSuite extends ChannelTests {
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
        List<ChannelFuture> written = write(channel, 0, MORE_THAN_FIT);
        awaitFull(channel);
        assertThat(channel.isWritable()).isFalse();
        assertThat(channel.stats().txFrames()).isLessThan(MORE_THAN_FIT);
        assertThat(written.get(MORE_THAN_FIT - 1).isDone()).isFalse();
        // Frames that are flushed while the device is full must not overtake the others.
        written.addAll(write(channel, MORE_THAN_FIT, 5));
        testbed().resume();
        int all = MORE_THAN_FIT + 5;
        assertThat(received(all)).isEqualTo(numbers(0, all));
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        await("writable", () -> channel.isWritable() && collector.events().contains("writable"));
        assertThat(channel.stats().txFrames()).isEqualTo(all);
        assertThat(channel.stats().txDrops()).isZero();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void closeFailsAndReleasesWhatIsWaiting() throws Exception {
        FrameChannel channel = stalled();
        List<ChannelFuture> written = write(channel, 0, MORE_THAN_FIT);
        awaitFull(channel);
        channel.close().sync();
        assertThat(causeOf(written.get(0))).isNull();
        assertThat(causeOf(written.get(MORE_THAN_FIT - 1))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void readingGoesOnAndTheLoopDoesNotSpin() throws Exception {
        FrameChannel channel = stalled();
        write(channel, 0, MORE_THAN_FIT);
        awaitFull(channel);
        testbed().send(TestFrames.frame(7));
        assertThat(collector.numbers(1)).containsExactly(7L);
        LoopTurns.assertRests(channel.eventLoop());
        testbed().resume();
        assertThat(received(MORE_THAN_FIT)).isEqualTo(numbers(0, MORE_THAN_FIT));
    }
}
