/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.UncheckedBooleanSupplier;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Which frames arrive, when they may arrive, and in which memory. */
abstract class ReadSuite extends ChannelTests {
    @Test
    void framesOfEveryLengthArriveWholeAndInOrder() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        int frames = 0;
        long bytes = 0;
        for (int length : new int[] {60, 61, 64, 127, 128, 750, 1024, 1513, 1514}) {
            testbed().send(TestFrames.frame(frames, length));
            assertThat(collector.next()).isEqualTo(TestFrames.frame(frames, length));
            frames++;
            bytes += length;
        }
        assertThat(channel.stats().rxFrames()).isEqualTo(frames);
        assertThat(channel.stats().rxBytes()).isEqualTo(bytes);
        assertThat(channel.stats().rxDrops()).isZero();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void framesAreNeverCutToWhatTheAllocatorGuesses() throws Exception {
        FrameCollector collector = new FrameCollector();
        bind(channel -> channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(16)), collector);
        testbed().send(TestFrames.frame(1, 1514));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1, 1514));
    }

    @Test
    void withAutoReadOffNothingIsReadUnasked() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(c -> c.config().setAutoRead(false), collector);
        send(0, 3);
        assertThat(collector.staysQuiet()).isTrue();
        channel.read();
        assertThat(collector.numbers(1)).containsExactly(0L);
        assertThat(collector.staysQuiet()).as("one read() is one frame").isTrue();
        channel.read();
        assertThat(collector.numbers(1)).containsExactly(1L);
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(1)).containsExactly(2L);
    }

    @Test
    void aReadBeforeBindIsNotForgotten() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = register(collector);
        channel.config().setAutoRead(false);
        channel.read();
        bind(channel);
        send(0, 2);
        assertThat(collector.numbers(1)).containsExactly(0L);
        assertThat(collector.staysQuiet()).isTrue();
    }

    @Test
    void autoReadOffInsideChannelReadEndsTheRound() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                seen.incrementAndGet();
                ctx.channel().config().setAutoRead(false);
            }
        };
        FrameChannel channel = bind(c -> c.config().setAutoRead(false), collector);
        send(0, 5);
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(1)).containsExactly(0L);
        assertThat(collector.staysQuiet()).isTrue();
        assertThat(seen).hasValue(1);
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(1)).containsExactly(1L);
        assertThat(collector.staysQuiet()).isTrue();
    }

    @Test
    void readInsideChannelReadAsksForTheNextAndDoesNotRecurse() throws Exception {
        AtomicInteger depth = new AtomicInteger();
        AtomicInteger deepest = new AtomicInteger();
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                deepest.accumulateAndGet(depth.incrementAndGet(), Math::max);
                ctx.read();
                depth.decrementAndGet();
            }
        };
        FrameChannel channel = bind(c -> c.config().setAutoRead(false), collector);
        send(0, 100);
        channel.read();
        assertThat(collector.numbers(100)).isEqualTo(numbers(0, 100));
        assertThat(deepest).hasValue(1);
    }

    @Test
    void readInsideChannelReadCompleteAsksForTheNext() throws Exception {
        FrameCollector collector = new FrameCollector() {
            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                ctx.read();
            }
        };
        FrameChannel channel = bind(c -> c.config().setAutoRead(false), collector);
        send(0, 100);
        channel.read();
        assertThat(collector.numbers(100)).isEqualTo(numbers(0, 100));
    }

    @Test
    void aReadIsAnsweredOnceHoweverManyFramesTheRoundHad() throws Exception {
        AtomicInteger rounds = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                if (seen.incrementAndGet() == 1) {
                    ctx.read();
                }
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                rounds.incrementAndGet();
            }
        };
        FrameChannel channel = bind(c -> {
            c.config().setAutoRead(false);
            c.config().setRecvByteBufAllocator(new TwoReads());
        }, collector);
        send(0, 6);
        channel.read();
        assertThat(collector.numbers(2)).isEqualTo(numbers(0, 2));
        assertThat(collector.staysQuiet()).as("the second frame of the round has used the read() up").isTrue();
        assertThat(rounds).hasValue(1);
    }

    /** Reads two frames in each round, with and without autoRead. */
    private static final class TwoReads extends DefaultMaxMessagesRecvByteBufAllocator {
        @Override
        @SuppressWarnings("deprecation")
        public RecvByteBufAllocator.Handle newHandle() {
            return new MaxMessageHandle() {
                private int reads;

                @Override
                public int guess() {
                    return 1;
                }

                @Override
                public void reset(ChannelConfig config) {
                    super.reset(config);
                    reads = 0;
                }

                @Override
                public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
                    return ++reads < 2;
                }
            };
        }
    }

    @Test
    void aRoundHasNoMoreFramesThanAllowed() throws Exception {
        int allowed = testbed().newChannel().metadata().defaultMaxMessagesPerRead();
        assertThat(allowed).as("64, and more where a frame is cheap").isBetween(64, 512);
        assertThat(largestRound(null, allowed + 136)).isBetween(2, allowed);
    }

    @Test
    void maxMessagesPerReadIsKept() throws Exception {
        assertThat(largestRound(4, 40)).isEqualTo(4);
    }

    private int largestRound(Integer limit, int frames) throws Exception {
        List<Integer> rounds = new ArrayList<>();
        FrameCollector collector = new FrameCollector() {
            private int inRound;

            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                inRound++;
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                rounds.add(inRound);
                inRound = 0;
            }
        };
        FrameChannel channel = bind(c -> {
            c.config().setAutoRead(false);
            if (limit != null) {
                c.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(1).maxMessagesPerRead(limit));
            }
        }, collector);
        send(0, frames);
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(frames)).isEqualTo(numbers(0, frames));
        return onLoop(channel, () -> rounds.stream().mapToInt(Integer::intValue).max().orElse(0));
    }

    @Test
    void anExceptionInAHandlerIsCaughtByTheNextAndTheChannelGoesOn() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                if (TestFrames.isOurs((ByteBuf) msg) && TestFrames.number((ByteBuf) msg) == 1) {
                    ReferenceCountUtil.release(msg);
                    throw new IllegalStateException("on purpose");
                }
                ctx.fireChannelRead(msg);
            }
        }, collector);
        send(0, 3);
        assertThat(collector.numbers(2)).containsExactly(0L, 2L);
        assertThat(collector.exceptions()).singleElement().satisfies(e -> assertThat(e).hasMessage("on purpose"));
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void closeInsideChannelReadIsTheEnd() throws Exception {
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                ctx.close();
            }
        };
        FrameChannel channel = bind(c -> c.config().setAutoRead(false), collector);
        send(0, 50);
        channel.config().setAutoRead(true);
        assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).isTrue();
        await("the end", () -> collector.events().contains("handlerRemoved"));
        assertThat(collector.numbers(1)).containsExactly(0L);
        assertThat(collector.waiting()).isZero();
        assertThat(collector.events())
            .containsExactly("handlerAdded", "registered", "active", "inactive", "unregistered", "handlerRemoved");
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void closeFromElsewhereWhileFramesFlow() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        send(0, 20);
        collector.next();
        channel.close().sync();
        assertThat(channel.isOpen()).isFalse();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void autoReadSwitchedFromAnotherThreadLosesNothing() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        for (int i = 0; i < 200; i++) {
            channel.config().setAutoRead(i % 2 == 0);
            send(i, 1);
        }
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(200)).isEqualTo(numbers(0, 200));
    }

    @Test
    void framesThatHandlersKeepStayAsTheyWere() throws Exception {
        BlockingQueue<ByteBuf> kept = new LinkedBlockingQueue<>();
        bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                kept.add((ByteBuf) msg);
            }
        });
        int frames = 300;
        for (int i = 0; i < frames; i++) {
            testbed().send(TestFrames.frame(i, i % 2 == 0 ? 60 : 1514));
        }
        List<ByteBuf> ours = new ArrayList<>();
        while (ours.size() < frames) {
            ByteBuf frame = kept.poll(10, TimeUnit.SECONDS);
            assertThat(frame).as("frame %d", ours.size()).isNotNull();
            if (TestFrames.isOurs(frame)) {
                ours.add(frame);
            } else {
                frame.release();
            }
        }
        for (int i = 0; i < frames; i++) {
            assertThat(ByteBufUtil.getBytes(ours.get(i))).isEqualTo(TestFrames.frame(i, i % 2 == 0 ? 60 : 1514));
        }
        // They are released late, and not on the event loop. Until now the ring was without them.
        ours.forEach(ByteBuf::release);
        send(1000, 100);
        for (int i = 0; i < 100; i++) {
            ByteBuf frame = kept.poll(10, TimeUnit.SECONDS);
            assertThat(frame).isNotNull();
            assertThat(TestFrames.number(frame)).isEqualTo(1000 + i);
            frame.release();
        }
    }

    @Test
    void framesKeptBeyondCloseStayReadable() throws Exception {
        BlockingQueue<ByteBuf> kept = new LinkedBlockingQueue<>();
        FrameChannel channel = bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                kept.add((ByteBuf) msg);
            }
        });
        send(7, 1);
        ByteBuf frame = kept.poll(10, TimeUnit.SECONDS);
        channel.close().sync();
        assertThat(ByteBufUtil.getBytes(frame)).isEqualTo(TestFrames.frame(7));
        assertThat(frame.release()).isTrue();
    }

    @Test
    void anAllocatorOfHeapBuffersDoes() throws Exception {
        FrameCollector collector = new FrameCollector();
        bind(channel -> channel.config().setAllocator(new HeapOnly()), collector);
        send(0, 100);
        assertThat(collector.numbers(100)).isEqualTo(numbers(0, 100));
    }

    /** Allocates heap memory even if direct memory is requested, as in applications that forbid direct memory. */
    private static final class HeapOnly extends AbstractByteBufAllocator {
        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            return newHeapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }
}
