/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.QuarantineAllocator;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a channel does when there is no memory, and whether it gives memory back that it does not need. */
abstract class MemorySuite extends ChannelTests {
    /** Allocates direct memory, unless a test says that there is none. */
    private static final class FailingAllocator extends AbstractByteBufAllocator {
        private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
        private final AtomicInteger refused = new AtomicInteger();
        private volatile Supplier<Throwable> failure;

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return memory.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            Supplier<Throwable> cause = failure;
            if (cause != null) {
                refused.incrementAndGet();
                FailingAllocator.<RuntimeException>sneak(cause.get());
            }
            return memory.directBuffer(initialCapacity, maxCapacity);
        }

        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void sneak(Throwable cause) throws T {
            throw (T) cause;
        }

        void fail(String kind) {
            failure = kind.equals("Error") ? () -> new OutOfMemoryError("on purpose")
                : () -> new IllegalStateException("on purpose");
        }

        void heal() {
            failure = null;
        }

        long used() {
            return memory.metric().usedDirectMemory();
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    private final FailingAllocator allocator = new FailingAllocator();

    private FrameChannel bindWith(ByteBufAllocator memory, FrameCollector collector) throws Exception {
        return bind(channel -> channel.config().setAllocator(memory), collector);
    }

    /** Waits until a channel that has found no memory has tried again, in vain. */
    private void awaitAnotherAttempt(FrameChannel channel) throws InterruptedException {
        int before = allocator.refused.get();
        await("another attempt to read", () -> allocator.refused.get() > before);
        LoopTurns.settle(channel.eventLoop());
    }

    /** A transport that lends its own memory has tests of its own for the time when all of it is lent. */
    private void assumeFramesAreReceivedIntoAllocatedMemory() {
        Assumptions.assumeFalse(testbed().lendsFrames(), "a device of this transport lends its own memory");
    }

    private static void assertToldOnce(FrameCollector collector) {
        assertThat(collector.exceptions()).singleElement()
            .satisfies(cause -> assertThat(cause).hasMessage("on purpose"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Error", "RuntimeException"})
    void withoutMemoryTheChannelIsToldOnceAndReadsOnWhenThereIsSome(String kind) throws Exception {
        assumeFramesAreReceivedIntoAllocatedMemory();
        FrameCollector collector = new FrameCollector();
        allocator.fail(kind);
        FrameChannel channel = bindWith(allocator, collector);
        send(0, 5);
        await("the exception", () -> !collector.exceptions().isEmpty());
        awaitAnotherAttempt(channel);
        assertToldOnce(collector);
        LoopTurns.assertRests(channel.eventLoop());
        assertToldOnce(collector);
        assertThat(channel.isActive()).isTrue();
        allocator.heal();
        assertThat(collector.numbers(5)).isEqualTo(numbers(0, 5));
        send(5, 200);
        assertThat(collector.numbers(200)).isEqualTo(numbers(5, 200));
        assertThat(channel.stats().rxDrops()).isZero();
        assertToldOnce(collector);
    }

    @Test
    void aReadThatWasAskedForComesWhenThereIsMemory() throws Exception {
        assumeFramesAreReceivedIntoAllocatedMemory();
        FrameCollector collector = new FrameCollector();
        allocator.fail("Error");
        FrameChannel channel = bind(c -> c.config().setAllocator(allocator).setAutoRead(false), collector);
        send(0, 2);
        channel.read();
        await("the exception", () -> !collector.exceptions().isEmpty());
        awaitAnotherAttempt(channel);
        allocator.heal();
        assertThat(collector.numbers(1)).containsExactly(0L);
        assertThat(collector.staysQuiet()).as("one read() is one frame").isTrue();
        assertToldOnce(collector);
    }

    @Test
    void aChannelWithoutMemoryCloses() throws Exception {
        assumeFramesAreReceivedIntoAllocatedMemory();
        FrameCollector collector = new FrameCollector();
        allocator.fail("Error");
        FrameChannel channel = bindWith(allocator, collector);
        send(0, 2);
        await("an attempt to read", () -> allocator.refused.get() > 0);
        assertThat(channel.close().await(Await.PATIENCE_MILLIS)).isTrue();
        int attempts = allocator.refused.get();
        LoopTurns.assertRests(channel.eventLoop());
        assertThat(allocator.refused).as("attempts after the close").hasValue(attempts);
        assertThat(collector.events()).contains("inactive");
    }

    @Test
    void aHandlerMayCloseTheChannelThatHasNoMemory() throws Exception {
        assumeFramesAreReceivedIntoAllocatedMemory();
        FrameCollector collector = new FrameCollector() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
            }
        };
        allocator.fail("RuntimeException");
        FrameChannel channel = bindWith(allocator, collector);
        sendToOneThatCloses(0, 2);
        assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noFrameIsLostWhenMemoryEndsWhileHandlersHoldAll(boolean batches) throws Exception {
        assumeFramesAreReceivedIntoAllocatedMemory();
        List<ByteBuf> kept = new CopyOnWriteArrayList<>();
        AtomicInteger caught = new AtomicInteger();
        FrameChannel channel = bind(c -> {
            c.config().setAllocator(allocator);
            c.config().setOption(FrameChannelOption.READ_BATCHES, batches);
        }, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof FrameBatch batch) {
                    while (!batch.isEmpty()) {
                        keep(batch.poll());
                    }
                    batch.release();
                } else {
                    keep((ByteBuf) message);
                }
            }

            private void keep(ByteBuf frame) {
                if (!TestFrames.isOurs(frame)) {
                    frame.release();
                    return;
                }
                kept.add(frame);
                if (kept.size() == 65) {
                    allocator.fail("Error");
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                caught.incrementAndGet();
            }
        });
        int sent = 0;
        while (caught.get() == 0) {
            assertThat(sent).as("frames that were sent before memory ended").isLessThan(2000);
            send(sent, 50);
            sent += 50;
            // A far end that is slow gets no more to send until it has sent that.
            int arriving = sent;
            Await.happens(Await.PATIENCE_MILLIS, () -> caught.get() > 0 || kept.size() == arriving);
        }
        send(sent, 100);
        int all = sent + 100;
        assertThat(kept.size()).isBetween(65, all - 1);
        awaitAnotherAttempt(channel);
        assertThat(caught).as("how often the handlers were told").hasValue(1);
        allocator.heal();
        try {
            for (int arrived = kept.size(); arrived < all; arrived = kept.size()) {
                int before = arrived;
                await("another frame than the " + before + " of " + all, () -> kept.size() > before);
            }
            assertThat(kept).hasSize(all);
            for (int i = 0; i < all; i++) {
                assertThat(TestFrames.number(kept.get(i))).isEqualTo(i);
            }
        } finally {
            kept.forEach(ByteBuf::release);
        }
        assertThat(channel.stats().rxDrops()).isZero();
    }

    @Test
    void aFrameThatCannotBeGatheredForLackOfMemoryFailsAlone() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = new ArrayList<>();
            futures.add(channel.write(channel.alloc().directBuffer().writeBytes(TestFrames.frame(0))));
            futures.add(channel.write(new Ungatherable().writeBytes(TestFrames.frame(1))));
            futures.add(channel.write(channel.alloc().directBuffer().writeBytes(TestFrames.frame(2))));
            channel.flush();
            return futures;
        });
        assertThat(causeOf(written.get(0))).isNull();
        assertThat(causeOf(written.get(1))).isInstanceOf(OutOfMemoryError.class);
        assertThat(causeOf(written.get(2))).isNull();
        assertThat(received(2)).containsExactly(0L, 2L);
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.stats().txDrops(DropReason.NO_BUFFERS)).isEqualTo(1);
    }

    /** Writes a heap buffer when there is no direct memory to copy it to. */
    private static final class Ungatherable extends UnpooledHeapByteBuf {
        Ungatherable() {
            super(UnpooledByteBufAllocator.DEFAULT, 2048, 2048);
        }

        @Override
        public ByteBuffer nioBuffer(int index, int length) {
            throw new OutOfMemoryError("on purpose");
        }

        @Override
        public ByteBuf getBytes(int index, ByteBuffer target) {
            throw new OutOfMemoryError("on purpose");
        }

        @Override
        public ByteBuf getBytes(int index, byte[] target, int targetIndex, int length) {
            throw new OutOfMemoryError("on purpose");
        }

        @Override
        public ByteBuf getBytes(int index, ByteBuf target, int targetIndex, int length) {
            throw new OutOfMemoryError("on purpose");
        }
    }

    @Test
    void whatAnIdleChannelHasReceivedIntoIsGivenBack() throws Exception {
        FrameCollector collector = new FrameCollector();
        bindWith(allocator, collector);
        send(0, 300);
        collector.numbers(300);
        await("memory back, of which there are still " + allocator.used() + " bytes",
            () -> allocator.used() == 0);
        send(300, 10);
        assertThat(collector.numbers(10)).isEqualTo(numbers(300, 10));
    }

    /**
     * Whoever still has the address of memory that was released would write to it, the kernel included: a channel ends
     * behind a round of one frame, when an event loop that reads by itself may have begun with further reads.
     */
    @ParameterizedTest
    @ValueSource(strings = {"close", "move", "end"})
    void memoryIsNotWrittenToOnceItIsReleased(String how) throws Exception {
        QuarantineAllocator memory = new QuarantineAllocator();
        testbed().outliveChannels();
        for (int rounds = 1; rounds <= 6; rounds++) {
            EventLoopGroup first = loop.newGroup(1);
            EventLoopGroup second = loop.newGroup(1);
            FrameChannel channel = testbed().newChannel();
            channel.config().setAllocator(memory).setAutoRead(false)
                .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(2048).maxMessagesPerRead(1));
            CountDownLatch ended = new CountDownLatch(rounds);
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ((ByteBuf) message).release();
                }

                @Override
                public void channelReadComplete(ChannelHandlerContext ctx) {
                    ended.countDown();
                    if (ended.getCount() == 0) {
                        ctx.executor().execute(() -> end(channel, how, second));
                    }
                }
            });
            first.register(channel).sync();
            bind(channel);
            send(0, 40);
            channel.config().setAutoRead(true);
            assertThat(ended.await(Await.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).as("%d rounds", rounds).isTrue();
            if (!how.equals("end")) {
                assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).as("closed").isTrue();
            }
            first.shutdownGracefully(0, 10, TimeUnit.SECONDS);
            second.shutdownGracefully(0, 10, TimeUnit.SECONDS);
            first.terminationFuture().sync();
            second.terminationFuture().sync();
            assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).as("closed").isTrue();
        }
        assertThat(memory.writtenAfterRelease()).as("of %d blocks", memory.released()).isEmpty();
    }

    private static void end(FrameChannel channel, String how, EventLoopGroup next) {
        if (how.equals("move")) {
            channel.deregister().addListener(left -> next.register(channel).addListener(there -> channel.close()));
        } else if (how.equals("close")) {
            channel.close();
        } else {
            channel.eventLoop().shutdownGracefully(0, 10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aReleasedFrameIsAsGoodAsFreed() throws Exception {
        List<ByteBuf> released = new CopyOnWriteArrayList<>();
        bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf frame = (ByteBuf) message;
                boolean ours = TestFrames.isOurs(frame);
                frame.release();
                if (ours) {
                    released.add(frame);
                }
            }
        });
        send(0, 1);
        await("a frame", () -> !released.isEmpty());
        ByteBuf frame = released.get(0);
        assertThat(frame.refCnt()).isZero();
        assertThatThrownBy(() -> frame.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(frame::release).isInstanceOf(IllegalReferenceCountException.class);
        assertThatThrownBy(frame::retain).isInstanceOf(IllegalReferenceCountException.class);
        // With leak tracking, as in these tests, it stays like that when the memory has another frame in it.
        send(1, 100);
        await("more frames", () -> released.size() == 101);
        assertThat(frame.refCnt()).isZero();
        assertThatThrownBy(frame::release).isInstanceOf(IllegalReferenceCountException.class);
    }
}
