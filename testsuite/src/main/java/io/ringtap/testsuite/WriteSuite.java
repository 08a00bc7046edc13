/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.IllegalReferenceCountException;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Promises, order, watermarks, and who releases the buffers. */
abstract class WriteSuite extends ChannelTests {
    private static ByteBuf frame(long number) {
        return Unpooled.directBuffer(60).writeBytes(TestFrames.frame(number));
    }

    @Test
    void framesAreSentInOrderAndCounted() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        onLoop(channel, () -> {
            for (int i = 0; i < 100; i++) {
                channel.write(frame(i));
            }
            return channel.flush();
        });
        assertThat(received(100)).isEqualTo(numbers(0, 100));
        assertThat(channel.stats().txFrames()).isEqualTo(100);
        assertThat(channel.stats().txBytes()).isEqualTo(6000);
        assertThat(channel.stats().txDrops()).isZero();
    }

    @Test
    void nothingIsSentBeforeFlush() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ChannelFuture written = channel.write(frame(1));
        assertNothingIsSent(channel);
        assertThat(written.isDone()).isFalse();
        channel.flush();
        assertThat(causeOf(written)).isNull();
        assertThat(received(1)).containsExactly(1L);
    }

    @Test
    void aFlushThatExceedsMaxMessagesPerWriteIsFinishedLater() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_WRITE, 3);
        onLoop(channel, () -> {
            for (int i = 0; i < 50; i++) {
                channel.write(frame(i));
            }
            return channel.flush();
        });
        assertThat(received(50)).isEqualTo(numbers(0, 50));
    }

    @Test
    void maxMessagesPerWriteCountsFramesBetweenTurnsOfTheLoop() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_WRITE, 3);
        List<Long> seen = new CopyOnWriteArrayList<>();
        onLoop(channel, () -> {
            for (int i = 0; i < 60; i++) {
                channel.write(frame(i));
            }
            channel.flush();
            seen.add(channel.stats().txFrames());
            // Another user of the loop, which runs after each flush. It uses the timer: a task that submits itself
            // again would keep the loop from the timer, and so from the next flush, for a second each time.
            channel.eventLoop().execute(new Runnable() {
                @Override
                public void run() {
                    seen.add(channel.stats().txFrames());
                    if (channel.stats().txFrames() < 60) {
                        channel.eventLoop().schedule(this, 0, TimeUnit.NANOSECONDS);
                    }
                }
            });
            return null;
        });
        assertThat(received(60)).isEqualTo(numbers(0, 60));
        await("the last look", () -> seen.get(seen.size() - 1) == 60);
        long before = 0;
        for (long now : seen) {
            assertThat(now - before).as("frames between two turns, of %s", seen).isLessThanOrEqualTo(3);
            before = now;
        }
    }

    @Test
    void theFrameKeepsItsIndicesAndIsReleasedOnce() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf frame = frame(1).retain();
        assertThat(causeOf(channel.writeAndFlush(frame))).isNull();
        assertThat(frame.refCnt()).isEqualTo(1);
        assertThat(frame.readableBytes()).isEqualTo(60);
        // The same buffer is written again.
        assertThat(causeOf(channel.writeAndFlush(frame))).isNull();
        assertThat(frame.refCnt()).isZero();
        assertThat(received(2)).containsExactly(1L, 1L);
    }

    @Test
    void aWriteBeforeBindFailsAndReleases() throws Exception {
        FrameChannel channel = register(new FrameCollector());
        ByteBuf frame = frame(1);
        assertThat(causeOf(channel.writeAndFlush(frame))).isInstanceOf(NotYetConnectedException.class);
        assertThat(frame.refCnt()).isZero();
        bind(channel);
        assertThat(causeOf(channel.writeAndFlush(frame(2)))).isNull();
        assertThat(received(1)).containsExactly(2L);
    }

    @Test
    void aWriteWhoseFlushComesAfterBindIsSent() throws Exception {
        FrameChannel channel = register(new FrameCollector());
        ChannelFuture written = channel.write(frame(1));
        bind(channel);
        channel.flush();
        assertThat(causeOf(written)).isNull();
        assertThat(received(1)).containsExactly(1L);
    }

    @Test
    void aWriteWhileTheChannelIsBeingBoundIsReleased() throws Exception {
        FrameChannel channel = testbed().newChannel();
        channel.pipeline().addLast(new FrameCollector());
        group().register(channel);
        ByteBuf frame = frame(1);
        ChannelFuture bound = channel.bind(testbed().address());
        ChannelFuture written = channel.writeAndFlush(frame);
        bound.sync();
        written.await();
        assertThat(frame.refCnt()).isZero();
        channel.close().sync();
    }

    @Test
    void aWriteAfterCloseFailsAndReleases() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.close().sync();
        ByteBuf frame = frame(1);
        assertThat(causeOf(channel.writeAndFlush(frame))).isInstanceOf(ClosedChannelException.class);
        assertThat(frame.refCnt()).isZero();
    }

    @Test
    void closeFailsAndReleasesWhatWasNotFlushed() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf frame = frame(1);
        ChannelFuture written = channel.write(frame);
        channel.close().sync();
        assertThat(causeOf(written)).isInstanceOf(ClosedChannelException.class);
        assertThat(frame.refCnt()).isZero();
    }

    @Test
    void aMessageOfAnotherTypeIsRefusedAndReleased() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf frame = frame(1);
        assertThat(causeOf(channel.writeAndFlush(new DefaultAddressedEnvelope<>(frame, testbed().address()))))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining("DefaultAddressedEnvelope").hasMessageContaining("ByteBuf");
        assertThat(frame.refCnt()).isZero();
        assertThat(channel.isActive()).isTrue();
        assertThat(causeOf(channel.writeAndFlush("text"))).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aFrameThatWasReleasedFailsAlone() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf released = frame(1);
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = new ArrayList<>();
            futures.add(channel.write(frame(0)));
            futures.add(channel.write(released));
            futures.add(channel.write(frame(2)));
            released.release();
            channel.flush();
            return futures;
        });
        assertThat(causeOf(written.get(0))).isNull();
        assertThat(causeOf(written.get(1))).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(causeOf(written.get(2))).isNull();
        assertThat(received(2)).containsExactly(0L, 2L);
        assertThat(channel.stats().txDrops()).isEqualTo(1);
    }

    @Test
    void aCancelledWriteIsNotSent() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ByteBuf> cancelled = List.of(frame(0), frame(2), frame(4));
        onLoop(channel, () -> {
            for (int i = 0; i < 5; i++) {
                ChannelFuture written = channel.write(i % 2 == 0 ? cancelled.get(i / 2) : frame(i));
                if (i % 2 == 0) {
                    assertThat(written.cancel(false)).isTrue();
                }
            }
            return channel.flush();
        });
        assertThat(received(2)).containsExactly(1L, 3L);
        assertNothingIsSent(channel);
        await("the release of what was cancelled",
            () -> cancelled.stream().allMatch(frame -> frame.refCnt() == 0));
        await("the count of what was sent", () -> channel.stats().txFrames() == 2);
        assertThat(channel.stats().txDrops()).isZero();
    }

    @Test
    void watermarksAndWritability() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(500, 1000));
        onLoop(channel, () -> {
            assertThat(channel.isWritable()).isTrue();
            int written = 0;
            while (channel.isWritable()) {
                channel.write(frame(written++));
            }
            assertThat(written).isBetween(2, 17);
            assertThat(channel.bytesBeforeUnwritable()).isZero();
            assertThat(channel.bytesBeforeWritable()).isPositive();
            // On a loop with completions, the channel becomes writable a moment later.
            return channel.flush();
        });
        await("both changes", () -> collector.events().containsAll(List.of("unwritable", "writable")));
        assertThat(collector.events().subList(3, 5)).containsExactly("unwritable", "writable");
    }

    @Test
    void writingWheneverWritableSendsEverything() throws Exception {
        int frames = 500;
        FrameCollector collector = new FrameCollector() {
            private int next;

            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                ctx.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(500, 1000));
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event.equals("go")) {
                    writeOn(ctx);
                }
            }

            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                if (ctx.channel().isWritable()) {
                    writeOn(ctx);
                }
            }

            private void writeOn(ChannelHandlerContext ctx) {
                while (ctx.channel().isWritable() && next < frames) {
                    ctx.write(WriteSuite.frame(next++));
                }
                ctx.flush();
            }
        };
        FrameChannel channel = bind(collector);
        channel.pipeline().fireUserEventTriggered("go");
        assertThat(received(frames)).isEqualTo(numbers(0, frames));
    }

    @Test
    void voidPromises() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.writeAndFlush(frame(1), channel.voidPromise());
        assertThat(received(1)).containsExactly(1L);
        assertThat(collector.exceptions()).isEmpty();
        onLoop(channel, () -> {
            ByteBuf released = frame(2);
            channel.write(released, channel.voidPromise());
            released.release();
            return channel.flush();
        });
        await("the failure is caught", () -> !collector.exceptions().isEmpty());
        assertThat(collector.exceptions()).singleElement().isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void closeInTheListenerOfTheLastWrite() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        assertThat(causeOf(channel.writeAndFlush(frame(1)).addListener(ChannelFutureListener.CLOSE))).isNull();
        channel.closeFuture().sync();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void aListenerMayWriteTheNextFrame() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        int frames = 500;
        AtomicInteger next = new AtomicInteger();
        ChannelFutureListener again = new ChannelFutureListener() {
            @Override
            public void operationComplete(ChannelFuture future) {
                if (future.isSuccess() && next.get() < frames) {
                    channel.writeAndFlush(frame(next.getAndIncrement())).addListener(this);
                }
            }
        };
        channel.writeAndFlush(frame(next.getAndIncrement())).addListener(again);
        assertThat(received(frames)).isEqualTo(numbers(0, frames));
    }

    @Test
    void framesAreEchoedFromWithinTheReadRound() throws Exception {
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                ctx.write(frame.retain());
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                ctx.flush();
            }
        };
        bind(collector);
        send(0, 150);
        assertThat(received(150)).isEqualTo(numbers(0, 150));
    }

    @Test
    void threadsMayWriteAtOnce() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
            long base = w * 1000L;
            Thread writer = new Thread(() -> {
                for (int i = 0; i < 100; i++) {
                    ChannelPromise promise = channel.newPromise();
                    channel.writeAndFlush(frame(base + i), promise);
                    promise.syncUninterruptibly();
                }
            });
            writers.add(writer);
            writer.start();
        }
        List<Long> received = received(400);
        for (Thread writer : writers) {
            writer.join();
        }
        for (long base = 0; base < 4000; base += 1000) {
            long from = base;
            assertThat(received.stream().filter(n -> n / 1000 == from / 1000)).isEqualTo(numbers(base, 100));
        }
    }
}
