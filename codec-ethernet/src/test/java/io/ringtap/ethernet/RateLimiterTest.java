/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class RateLimiterTest {
    private static EmbeddedChannel channel(RateLimiter limiter) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(limiter);
        return channel;
    }

    private static void advance(EmbeddedChannel channel, long micros) {
        channel.advanceTimeBy(micros, TimeUnit.MICROSECONDS);
        channel.runScheduledPendingTasks();
    }

    private static ByteBuf frame(int length) {
        return PooledByteBufAllocator.DEFAULT.buffer(length).writeZero(length);
    }

    private static int drain(EmbeddedChannel channel) {
        int frames = 0;
        for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
            frames++;
            frame.release();
        }
        return frames;
    }

    /**
     * When the limiter is removed, it passes waiting frames on. On close, it would fail them, and EmbeddedChannel would
     * report that.
     */
    private static void finish(EmbeddedChannel channel) {
        if (channel.pipeline().get(RateLimiter.class) != null) {
            channel.pipeline().remove(RateLimiter.class);
        }
        channel.finishAndReleaseAll();
    }

    /** 8 Mbit/s is one byte per microsecond. */
    @Test
    void letsABurstThroughAndThenTheRate() {
        RateLimiter limiter = new RateLimiter(RateSpec.parse("8mbit,burst=3000"));
        EmbeddedChannel channel = channel(limiter);
        for (int i = 0; i < 10; i++) {
            channel.writeOutbound(frame(1000));
        }
        assertThat(drain(channel)).isEqualTo(3);
        assertThat(limiter.delayed()).isEqualTo(7);
        advance(channel, 999);
        assertThat(drain(channel)).isZero();
        advance(channel, 1);
        assertThat(drain(channel)).isEqualTo(1);
        advance(channel, 3000);
        assertThat(drain(channel)).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            advance(channel, 1000);
            assertThat(drain(channel)).isEqualTo(1);
        }
        advance(channel, 1_000_000);
        for (int i = 0; i < 10; i++) {
            channel.writeOutbound(frame(1000));
        }
        assertThat(drain(channel)).as("silence fills the bucket to its burst, no further").isEqualTo(3);
        finish(channel);
    }

    @Test
    void keepsTheRateOverManyFramesOfOddSizes() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8mbit,burst=1500,queue=100000")));
        long bytes = 0;
        for (int i = 0; i < 2000; i++) {
            int length = 60 + i * 7919 % 1400;
            bytes += length;
            channel.writeOutbound(frame(length));
        }
        int passed = drain(channel);
        long micros = 0;
        while (passed < 2000) {
            advance(channel, 100);
            micros += 100;
            passed += drain(channel);
        }
        assertThat(micros).isBetween(bytes - 1500 - 200, bytes + 200);
        finish(channel);
    }

    @Test
    void countsFrames() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("1kpps,burst-frames=2")));
        for (int i = 0; i < 5; i++) {
            channel.writeOutbound(frame(60));
        }
        assertThat(drain(channel)).isEqualTo(2);
        advance(channel, 1000);
        assertThat(drain(channel)).isEqualTo(1);
        advance(channel, 2000);
        assertThat(drain(channel)).isEqualTo(2);
        finish(channel);
    }

    @Test
    void theStricterOfBothRatesDecides() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8mbit,1kpps,burst=2000,burst-frames=10")));
        for (int i = 0; i < 4; i++) {
            channel.writeOutbound(frame(1000));
        }
        assertThat(drain(channel)).as("bytes").isEqualTo(2);
        advance(channel, 2000);
        assertThat(drain(channel)).isEqualTo(2);
        for (int i = 0; i < 20; i++) {
            channel.writeOutbound(frame(1));
        }
        assertThat(drain(channel)).as("frames").isLessThan(11);
        finish(channel);
    }

    @Test
    void aFrameLongerThanTheBurstPassesAndIsOwed() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8mbit,burst=1000")));
        channel.writeOutbound(frame(5000));
        assertThat(drain(channel)).isEqualTo(1);
        channel.writeOutbound(frame(100));
        advance(channel, 4099);
        assertThat(drain(channel)).isZero();
        advance(channel, 1);
        assertThat(drain(channel)).isEqualTo(1);
        finish(channel);
    }

    @Test
    void theVnetHeaderIsNotCounted() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8mbit,burst=1000"), 12));
        for (int i = 0; i < 11; i++) {
            channel.writeOutbound(frame(112));
        }
        assertThat(drain(channel)).isEqualTo(10);
        finish(channel);
    }

    @Test
    void dropsWhatFindsTheQueueFull() {
        RateLimiter limiter = new RateLimiter(RateSpec.parse("8mbit,burst=1000,queue=2"));
        EmbeddedChannel channel = channel(limiter);
        ChannelFuture passed = channel.writeAndFlush(frame(1000));
        ChannelFuture queued = channel.writeAndFlush(frame(1000));
        channel.writeAndFlush(frame(1000));
        ByteBuf tooMuch = frame(1000);
        ChannelFuture dropped = channel.writeAndFlush(tooMuch);
        assertThat(passed.isSuccess()).isTrue();
        assertThat(queued.isDone()).isFalse();
        ChannelFuture droppedToo = channel.writeAndFlush(frame(60));
        assertThat(droppedToo.cause()).isNotSameAs(dropped.cause()).hasMessage(dropped.cause().getMessage());
        assertThat(droppedToo.cause().getStackTrace()).isEmpty();
        assertThat(dropped.cause()).isInstanceOfSatisfying(FrameRefusedException.class,
            refused -> assertThat(refused.reason()).isSameAs(DropReason.CONGESTED))
            .hasMessageContaining("queue is full");
        assertThat(tooMuch.refCnt()).isZero();
        assertThat(limiter.dropped()).isEqualTo(2);
        channel.close();
        assertThat(queued.cause()).isNotNull();
        finish(channel);
    }

    @Test
    void limitsInboundWithABucketOfItsOwn() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8mbit,burst=1000,queue=1,direction=both")));
        channel.writeOutbound(frame(1000));
        channel.writeInbound(frame(1000), frame(1000), frame(1000));
        assertThat(drain(channel)).isEqualTo(1);
        assertThat(channel.inboundMessages()).hasSize(1);
        advance(channel, 1000);
        assertThat(channel.inboundMessages()).as("the third was dropped").hasSize(2);
        finish(channel);
    }

    @Test
    void leavesTheOtherDirectionAlone() {
        EmbeddedChannel channel = channel(new RateLimiter(RateSpec.parse("8bit,burst=1")));
        channel.writeInbound(frame(1000), frame(1000));
        assertThat(channel.inboundMessages()).hasSize(2);
        finish(channel);
    }
}
