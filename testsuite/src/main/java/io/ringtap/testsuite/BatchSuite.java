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
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.IllegalReferenceCountException;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Frames that are read and written as one message. */
abstract class BatchSuite extends ChannelTests {
    private static final int LENGTH = 1000;

    /** Takes batches apart, and remembers the numbers of the test frames in each. */
    private static final class BatchCollector extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<Long> numbers = new LinkedBlockingQueue<>();
        private final BlockingQueue<Integer> sizes = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> order = new LinkedBlockingQueue<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (!(message instanceof FrameBatch batch)) {
                frame((ByteBuf) message);
                return;
            }
            order.add("batch");
            try {
                int ours = 0;
                for (int i = 0; i < batch.size(); i++) {
                    if (TestFrames.isOurs(batch.get(i))) {
                        ours++;
                        numbers.add(TestFrames.number(batch.get(i)));
                    }
                }
                if (ours > 0) {
                    sizes.add(ours);
                } else if (!ctx.channel().config().isAutoRead()) {
                    ctx.read();
                }
            } finally {
                batch.release();
            }
        }

        private void frame(ByteBuf frame) {
            order.add("frame");
            if (TestFrames.isOurs(frame)) {
                numbers.add(TestFrames.number(frame));
            }
            frame.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            order.add("complete");
        }

        List<Long> numbers(int count) throws InterruptedException {
            List<Long> found = new ArrayList<>();
            while (found.size() < count) {
                Long number = numbers.poll(10, TimeUnit.SECONDS);
                assertThat(number).as("frame %d of %d, after %s", found.size(), count, found).isNotNull();
                found.add(number);
            }
            return found;
        }
    }

    private static ByteBuf frame(long number) {
        return Unpooled.directBuffer(60).writeBytes(TestFrames.frame(number));
    }

    private static FrameBatch batch(long first, int count) {
        FrameBatch batch = FrameBatch.newInstance();
        for (long number = first; number < first + count; number++) {
            batch.add(frame(number));
        }
        return batch;
    }

    private static FrameBatch longFrames(long first, int count) {
        FrameBatch batch = FrameBatch.newInstance();
        for (long number = first; number < first + count; number++) {
            batch.add(Unpooled.copiedBuffer(TestFrames.frame(number, LENGTH)));
        }
        return batch;
    }

    private static void batch(FrameChannel channel) {
        channel.config().setOption(FrameChannelOption.READ_BATCHES, true);
    }

    private static void batchesOfFour(FrameChannel channel) {
        batch(channel);
        channel.config().setAutoRead(false);
        channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(1).maxMessagesPerRead(4));
    }

    @Test
    void aBatchIsSentInOrderBetweenSingleFrames() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        FrameBatch batch = batch(1, 100);
        ByteBuf inside = batch.get(50).retain();
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(frame(0)), channel.write(batch),
                channel.write(frame(101)), channel.write(batch(102, 3)));
            channel.flush();
            return futures;
        });
        assertThat(received(105)).isEqualTo(numbers(0, 105));
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        assertThat(channel.stats().txFrames()).isEqualTo(105);
        assertThat(channel.stats().txBytes()).isEqualTo(105 * 60);
        assertThat(inside.refCnt()).as("the batch has let go of its frames").isEqualTo(1);
        inside.release();
    }

    @Test
    void aBatchMayComeFromAnotherThread() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ChannelFuture written = channel.writeAndFlush(batch(0, 30));
        assertThat(received(30)).isEqualTo(numbers(0, 30));
        assertThat(causeOf(written)).isNull();
    }

    @Test
    void anEmptyBatchIsDoneAtOnce() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(FrameBatch.newInstance()), channel.write(frame(1)),
                channel.write(FrameBatch.newInstance()));
            channel.flush();
            return futures;
        });
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        assertThat(received(1)).containsExactly(1L);
    }

    @Test
    void framesThatCannotBeSentFailTheBatchAndNotTheOthers() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf released = frame(1);
        FrameBatch batch = batch(0, 1).add(released).add(Unpooled.EMPTY_BUFFER).add(frame(3));
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(batch), channel.write(batch(4, 2)));
            released.release();
            channel.flush();
            return futures;
        });
        assertThat(received(4)).containsExactly(0L, 3L, 4L, 5L);
        assertThat(causeOf(written.get(0))).as("the first of two causes")
            .isInstanceOf(IllegalReferenceCountException.class);
        assertThat(causeOf(written.get(1))).isNull();
        assertThat(channel.stats().txDrops()).isEqualTo(2);
        assertThat(channel.stats().txFrames()).isEqualTo(4);
    }

    @Test
    void theFailureOfABatchIsNotThatOfTheNext() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        FrameBatch refused = FrameBatch.newInstance().add(Unpooled.EMPTY_BUFFER);
        assertThat(causeOf(channel.writeAndFlush(refused))).isInstanceOf(FrameRefusedException.class);
        assertThat(causeOf(channel.writeAndFlush(batch(0, 2)))).isNull();
        assertThat(received(2)).isEqualTo(numbers(0, 2));
    }

    @Test
    void framesOfABatchMayBeOfAnyKind() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < 40; i++) {
            byte[] bytes = TestFrames.frame(i, 100);
            batch.add(switch (i % 4) {
                case 0 -> Unpooled.wrappedBuffer(bytes);
                case 1 -> Unpooled.directBuffer(100).writeBytes(bytes);
                case 2 -> Unpooled.wrappedBuffer(Unpooled.directBuffer(30).writeBytes(bytes, 0, 30),
                    Unpooled.copiedBuffer(bytes, 30, 70));
                default -> Unpooled.directBuffer(110).writeZero(7).writeBytes(bytes).skipBytes(7).asReadOnly();
            });
        }
        ChannelFuture written = channel.writeAndFlush(batch);
        for (int i = 0; i < 40; i++) {
            assertThat(testbed().receive(Await.PATIENCE_MILLIS)).isEqualTo(TestFrames.frame(i, 100));
        }
        assertThat(causeOf(written)).isNull();
    }

    @Test
    void aBatchThatExceedsMaxMessagesPerWriteIsFinishedLater() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_WRITE, 3);
        ChannelFuture written = channel.writeAndFlush(batch(0, 50));
        assertThat(received(50)).isEqualTo(numbers(0, 50));
        assertThat(causeOf(written)).isNull();
    }

    @Test
    void aBatchBeforeBindOrAfterCloseFailsAndIsReleased() throws Exception {
        FrameChannel channel = register(new FrameCollector());
        FrameBatch early = batch(0, 3);
        ByteBuf inside = early.get(2);
        assertThat(causeOf(channel.writeAndFlush(early))).isInstanceOf(NotYetConnectedException.class);
        assertThat(inside.refCnt()).isZero();
        bind(channel);
        FrameBatch unflushed = batch(0, 3);
        ByteBuf waiting = unflushed.get(1);
        ChannelFuture written = channel.write(unflushed);
        channel.close().sync();
        assertThat(causeOf(written)).isInstanceOf(ClosedChannelException.class);
        assertThat(waiting.refCnt()).isZero();
        FrameBatch late = batch(0, 3);
        ByteBuf last = late.get(0);
        assertThat(causeOf(channel.writeAndFlush(late))).isInstanceOf(ClosedChannelException.class);
        assertThat(last.refCnt()).isZero();
    }

    @Test
    void aListenerOfABatchMayCloseTheChannel() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(batch(0, 5)), channel.write(batch(5, 5)));
            futures.get(0).addListener(ChannelFutureListener.CLOSE);
            channel.flush();
            return futures;
        });
        assertThat(causeOf(written.get(0))).isNull();
        // It was flushed before the close.
        assertThat(causeOf(written.get(1))).isNull();
        channel.closeFuture().sync();
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void watermarksCountTheFramesOfABatch() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(2000, 4000));
        onLoop(channel, () -> {
            channel.write(batch(0, 20));
            assertThat(channel.isWritable()).as("1200 bytes").isTrue();
            channel.write(batch(20, 60));
            assertThat(channel.isWritable()).as("4800 bytes").isFalse();
            return channel.flush();
        });
        assertThat(received(80)).isEqualTo(numbers(0, 80));
        await("both changes", () -> collector.events().containsAll(List.of("unwritable", "writable")));
    }

    @Test
    void aFullDeviceKeepsThePlaceInABatch() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(5 * LENGTH, 10 * LENGTH));
        Assumptions.assumeTrue(testbed().stall(), "a device of this transport is never full");
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(longFrames(0, MORE_THAN_FIT)),
                channel.write(longFrames(MORE_THAN_FIT, 10)));
            channel.flush();
            return futures;
        });
        awaitFull(channel);
        assertThat(channel.isWritable()).isFalse();
        assertThat(channel.stats().txFrames()).isLessThan(MORE_THAN_FIT);
        assertThat(written.get(1).isDone()).isFalse();
        testbed().resume();
        int all = MORE_THAN_FIT + 10;
        assertThat(received(all)).isEqualTo(numbers(0, all));
        for (ChannelFuture future : written) {
            assertThat(causeOf(future)).isNull();
        }
        await("writable", channel::isWritable);
        assertThat(onLoop(channel, channel::isFull)).isFalse();
        assertThat(channel.stats().txFrames()).isEqualTo(all);
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void closeReleasesWhatIsLeftOfABatch() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(5 * LENGTH, 10 * LENGTH));
        Assumptions.assumeTrue(testbed().stall(), "a device of this transport is never full");
        FrameBatch batch = longFrames(0, MORE_THAN_FIT);
        ByteBuf last = batch.get(MORE_THAN_FIT - 1);
        ChannelFuture written = channel.writeAndFlush(batch);
        awaitFull(channel);
        assertThat(written.isDone()).isFalse();
        channel.close().sync();
        assertThat(causeOf(written)).isInstanceOf(ClosedChannelException.class);
        assertThat(last.refCnt()).isZero();
    }

    @Test
    void theFramesOfAReadRoundArriveTogether() throws Exception {
        BatchCollector collector = new BatchCollector();
        FrameChannel channel = bind(BatchSuite::batchesOfFour, collector);
        send(0, 10);
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(10)).isEqualTo(numbers(0, 10));
        assertThat(collector.sizes).allMatch(size -> size <= 4).anyMatch(size -> size > 1);
        await("the end of the last round", () -> collector.order.size() % 2 == 0);
        List<String> order = new ArrayList<>(collector.order);
        for (int i = 0; i < order.size(); i++) {
            assertThat(order.get(i)).as("%d of %s", i, order).isEqualTo(i % 2 == 0 ? "batch" : "complete");
        }
        assertThat(channel.stats().rxFrames()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void withAutoReadOffOneReadIsOneBatch() throws Exception {
        BatchCollector collector = new BatchCollector();
        FrameChannel channel = bind(BatchSuite::batchesOfFour, collector);
        send(0, 6);
        LoopTurns.settle(channel.eventLoop());
        assertThat(collector.numbers).isEmpty();
        channel.read();
        int first = collector.numbers.poll(10, TimeUnit.SECONDS) == null ? 0 : collector.sizes.take();
        assertThat(first).isBetween(1, 4);
        LoopTurns.settle(channel.eventLoop());
        assertThat(collector.sizes).isEmpty();
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(5)).isEqualTo(numbers(1, 5));
    }

    @Test
    void theOptionMayChangeWhileFramesCome() throws Exception {
        BatchCollector collector = new BatchCollector();
        FrameChannel channel = bind(collector);
        send(0, 5);
        assertThat(collector.numbers(5)).isEqualTo(numbers(0, 5));
        assertThat(collector.order).contains("frame").doesNotContain("batch");
        onLoop(channel, () -> {
            // The change takes effect between two rounds. A round that has begun ends as it began.
            batch(channel);
            return null;
        });
        assertThat(channel.config().getOption(FrameChannelOption.READ_BATCHES)).isTrue();
        assertThat(channel.config().getOptions()).containsEntry(FrameChannelOption.READ_BATCHES, true);
        collector.order.clear();
        send(5, 5);
        assertThat(collector.numbers(5)).isEqualTo(numbers(5, 5));
        assertThat(collector.order).contains("batch");
    }

    @Test
    void aBatchThatWasReadMayBeWrittenAsItIs() throws Exception {
        FrameChannel channel = bind(BatchSuite::batch, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.write(message);
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                ctx.flush();
            }
        });
        send(0, 150);
        assertThat(received(150)).isEqualTo(numbers(0, 150));
        assertThat(channel.stats().rxDrops()).isZero();
    }

    @Test
    void closingInTheMiddleOfARoundReleasesTheBatch() throws Exception {
        FrameChannel channel = bind(BatchSuite::batch, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.close();
                ((FrameBatch) message).release();
            }
        });
        sendToOneThatCloses(0, 20);
        assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).isTrue();
    }

    @Test
    void aCompositeWithAReleasedPartFailsAlone() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ByteBuf part = frame(1);
        FrameBatch batch = batch(0, 1).add(Unpooled.compositeBuffer().addComponent(true, part)).add(frame(2));
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(batch), channel.write(frame(3)));
            part.release();
            channel.flush();
            return futures;
        });
        assertThat(received(3)).containsExactly(0L, 2L, 3L);
        assertThat(causeOf(written.get(0))).isInstanceOf(IllegalReferenceCountException.class);
        assertThat(causeOf(written.get(1))).isNull();
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void aBatchWrittenTwiceFailsTheSecondTime() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        FrameBatch batch = batch(0, 5);
        List<ChannelFuture> written = onLoop(channel, () -> {
            List<ChannelFuture> futures = List.of(channel.write(batch), channel.write(batch));
            channel.flush();
            return futures;
        });
        assertThat(received(5)).isEqualTo(numbers(0, 5));
        assertThat(causeOf(written.get(0))).isNull();
        assertThat(causeOf(written.get(1))).isInstanceOf(IllegalReferenceCountException.class);
    }
}
