/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class FaultInjectorTest {
    private static EmbeddedChannel channel(FaultInjector injector) {
        EmbeddedChannel channel = new EmbeddedChannel(injector);
        channel.freezeTime();
        return channel;
    }

    private static void advance(EmbeddedChannel channel, long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private static ByteBuf frame(int number) {
        return PooledByteBufAllocator.DEFAULT.buffer(60).writeBytes(TestFrames.frame(number));
    }

    private static List<Integer> drainInbound(EmbeddedChannel channel) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            numbers.add((int) TestFrames.number(frame));
            frame.release();
        }
        return numbers;
    }

    private static List<Integer> drainOutbound(EmbeddedChannel channel) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
            numbers.add((int) TestFrames.number(frame));
            frame.release();
        }
        return numbers;
    }

    private static List<Integer> inbound(FaultInjector injector, int frames) {
        EmbeddedChannel channel = channel(injector);
        for (int i = 0; i < frames; i++) {
            channel.writeInbound(frame(i));
        }
        List<Integer> arrived = drainInbound(channel);
        channel.finishAndReleaseAll();
        return arrived;
    }

    @Test
    void passesEverythingWithoutFaults() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("seed=1"));
        assertThat(inbound(injector, 100)).isEqualTo(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void dropsTheGivenShareAndTheSameFramesForTheSameSeed() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("drop=0.25,seed=42"));
        List<Integer> arrived = inbound(injector, 4000);
        assertThat(injector.dropped()).isBetween(900L, 1100L).isEqualTo(4000 - arrived.size());
        assertThat(inbound(new FaultInjector(FaultSpec.parse("drop=0.25,duplicate=0,corrupt=0,seed=42")), 4000))
            .isEqualTo(arrived);
        assertThat(inbound(new FaultInjector(FaultSpec.parse("drop=0.25,seed=43")), 4000)).isNotEqualTo(arrived);
    }

    @Test
    void aFrameLostOutboundCountsAsSent() {
        EmbeddedChannel channel = channel(new FaultInjector(FaultSpec.parse("drop=1")));
        ByteBuf frame = frame(1);
        ChannelFuture future = channel.writeAndFlush(frame);
        assertThat(future.isSuccess()).isTrue();
        assertThat(frame.refCnt()).isZero();
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.finishAndReleaseAll();
    }

    @Test
    void touchesOnlyItsDirection() {
        EmbeddedChannel channel = channel(new FaultInjector(FaultSpec.parse("drop=1,direction=out")));
        channel.writeInbound(frame(1));
        channel.writeOutbound(frame(2));
        assertThat(drainInbound(channel)).containsExactly(1);
        assertThat(drainOutbound(channel)).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void flipsOneBitOfACopyBehindTheVnetHeader() {
        for (int seed = 0; seed < 100; seed++) {
            FaultInjector injector = new FaultInjector(FaultSpec.parse("corrupt=1,seed=" + seed), 50);
            EmbeddedChannel channel = channel(injector);
            ByteBuf frame = frame(7);
            ByteBuf shared = frame.retainedDuplicate();
            channel.writeInbound(frame);
            ByteBuf arrived = channel.readInbound();
            assertThat(shared).isEqualTo(Unpooled.wrappedBuffer(TestFrames.frame(7)));
            byte[] before = ByteBufUtil.getBytes(shared);
            byte[] after = ByteBufUtil.getBytes(arrived);
            int flipped = 0;
            for (int i = 0; i < 60; i++) {
                flipped += Integer.bitCount((before[i] ^ after[i]) & 0xff);
                assertThat(i < 50 && before[i] != after[i]).isFalse();
            }
            assertThat(flipped).isEqualTo(1);
            assertThat(injector.corrupted()).isEqualTo(1);
            shared.release();
            arrived.release();
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void hasNothingToCorruptInAFrameOfHeaderAlone() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("corrupt=1"), 60);
        assertThat(inbound(injector, 1)).containsExactly(0);
        assertThat(injector.corrupted()).isZero();
    }

    @Test
    void duplicatesAreFramesOfTheirOwn() {
        EmbeddedChannel channel = channel(new FaultInjector(FaultSpec.parse("duplicate=1")));
        channel.writeOutbound(frame(1));
        ByteBuf first = channel.readOutbound();
        ByteBuf second = channel.readOutbound();
        assertThat(second).isEqualTo(first);
        first.setByte(0, 0xff);
        assertThat(second).isNotEqualTo(first);
        first.release();
        second.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void aReorderedFrameLetsOneOvertake() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("reorder=1"));
        EmbeddedChannel channel = channel(injector);
        for (int i = 0; i < 5; i++) {
            channel.writeInbound(frame(i));
        }
        assertThat(drainInbound(channel)).containsExactly(1, 0, 3, 2);
        assertThat(injector.reordered()).isEqualTo(2);
        advance(channel, 9);
        assertThat(drainInbound(channel)).isEmpty();
        advance(channel, 1);
        assertThat(drainInbound(channel)).as("nothing came to overtake it").containsExactly(4);
        assertThat(injector.reordered()).isEqualTo(2);
        channel.finishAndReleaseAll();
    }

    @Test
    void delaysAndKeepsTheOrder() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("delay=5ms"));
        EmbeddedChannel channel = channel(injector);
        channel.writeInbound(frame(1), frame(2));
        advance(channel, 3);
        channel.writeInbound(frame(3));
        assertThat(drainInbound(channel)).isEmpty();
        advance(channel, 2);
        assertThat(drainInbound(channel)).containsExactly(1, 2);
        advance(channel, 2);
        assertThat(drainInbound(channel)).isEmpty();
        advance(channel, 1);
        assertThat(drainInbound(channel)).containsExactly(3);
        assertThat(injector.delayed()).isEqualTo(3);
        channel.finishAndReleaseAll();
    }

    @Test
    void delayedWritesAreFlushedAndTheirPromisesDoneThen() {
        EmbeddedChannel channel = channel(new FaultInjector(FaultSpec.parse("delay=5ms")));
        ChannelFuture future = channel.writeAndFlush(frame(1));
        assertThat(future.isDone()).isFalse();
        advance(channel, 5);
        assertThat(future.isSuccess()).isTrue();
        assertThat(drainOutbound(channel)).containsExactly(1);
        channel.finishAndReleaseAll();
    }

    /** The held frame is released after 10 ms, long before the first delayed frame is due. */
    @Test
    void aLongDelayDoesNotHoldUpTheReordered() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("reorder=1,delay=10s@0.5,seed=3"));
        EmbeddedChannel channel = channel(injector);
        int sent = 0;
        // If an odd number of frames is not delayed, the last one is held, and no frame overtakes it.
        while (injector.delayed() == 0 || (sent - injector.delayed()) % 2 == 0) {
            channel.writeInbound(frame(sent++));
        }
        advance(channel, 10);
        List<Integer> arrived = new ArrayList<>(drainInbound(channel));
        assertThat(arrived).hasSize(sent - (int) injector.delayed());
        advance(channel, 10_000);
        advance(channel, 10);
        arrived.addAll(drainInbound(channel));
        assertThat(arrived).hasSize(sent).doesNotHaveDuplicates();
        channel.finishAndReleaseAll();
    }

    @Test
    void holdsBackNoMoreThanItsLimit() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("delay=5ms,limit=3"));
        EmbeddedChannel channel = channel(injector);
        for (int i = 0; i < 10; i++) {
            channel.writeInbound(frame(i));
        }
        assertThat(injector.overflowed()).isEqualTo(7);
        advance(channel, 5);
        assertThat(drainInbound(channel)).containsExactly(0, 1, 2);
        channel.finishAndReleaseAll();
    }

    @Test
    void releasesWhatItHoldsWhenTheChannelCloses() {
        EmbeddedChannel channel = channel(new FaultInjector(FaultSpec.parse("delay=5ms")));
        ByteBuf in = frame(1);
        ByteBuf out = frame(2);
        channel.writeInbound(in);
        ChannelFuture future = channel.writeAndFlush(out);
        channel.close();
        assertThat(in.refCnt()).isZero();
        assertThat(out.refCnt()).isZero();
        assertThat(future.cause()).isInstanceOf(ClosedChannelException.class);
        EmbeddedChannel holding = channel(new FaultInjector(FaultSpec.parse("reorder=1")));
        ByteBuf held = frame(3);
        holding.writeInbound(held);
        holding.close();
        assertThat(held.refCnt()).isZero();
    }

    @Test
    void passesOnWhatItHoldsWhenItIsRemoved() {
        FaultInjector injector = new FaultInjector(FaultSpec.parse("delay=5ms"));
        EmbeddedChannel channel = channel(injector);
        channel.writeInbound(frame(1));
        ChannelFuture future = channel.writeAndFlush(frame(2));
        channel.pipeline().remove(injector);
        assertThat(drainInbound(channel)).containsExactly(1);
        assertThat(drainOutbound(channel)).containsExactly(2);
        assertThat(future.isSuccess()).isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void flushesOnlyWhatPassesLater() {
        int[] flushes = {0};
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
                flushes[0]++;
                ctx.flush();
            }
        }, new FaultInjector(FaultSpec.parse("delay=5ms")));
        channel.freezeTime();
        channel.write(frame(1));
        channel.write(frame(2));
        channel.flush();
        assertThat(flushes[0]).isEqualTo(1);
        advance(channel, 5);
        assertThat(flushes[0]).as("one flush for all that was due").isEqualTo(2);
        assertThat(drainOutbound(channel)).containsExactly(1, 2);
        channel.finishAndReleaseAll();
    }
}
