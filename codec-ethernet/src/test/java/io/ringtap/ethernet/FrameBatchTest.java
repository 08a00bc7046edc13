/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.pcap.PcapInterface;
import io.ringtap.pcap.PcapWriteHandler;
import io.ringtap.pcap.PcapWriter;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameBatchTest {
    private static ByteBuf frame(int number) {
        return Unpooled.buffer(64).writeInt(number).writeZero(56);
    }

    private static FrameBatch batch(int first, int count) {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = first; i < first + count; i++) {
            batch.add(frame(i));
        }
        return batch;
    }

    private static List<Integer> drain(FrameBatch batch) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = batch.poll()) != null;) {
            numbers.add(frame.readInt());
            frame.release();
        }
        return numbers;
    }

    @Test
    void keepsFramesInOrder() {
        FrameBatch batch = batch(0, 3);
        assertThat(batch.size()).isEqualTo(3);
        assertThat(batch.readableBytes()).isEqualTo(180);
        assertThat(batch.get(2).getInt(0)).isEqualTo(2);
        ByteBuf first = batch.poll();
        assertThat(first.getInt(0)).isZero();
        first.release();
        assertThat(batch.get(0).getInt(0)).isEqualTo(1);
        assertThat(batch.readableBytes()).isEqualTo(120);
        assertThat(drain(batch)).containsExactly(1, 2);
        assertThat(batch.isEmpty()).isTrue();
        assertThat(batch.poll()).isNull();
        batch.release();
    }

    @Test
    void growsAndReusesTheRoomOfWhatWasTaken() {
        FrameBatch batch = FrameBatch.newInstance();
        int in = 0;
        int out = 0;
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 17; i++) {
                batch.add(frame(in++));
            }
            for (int i = 0; i < (round < 100 ? 7 : 24) && !batch.isEmpty(); i++) {
                ByteBuf frame = batch.poll();
                assertThat(frame.getInt(0)).isEqualTo(out++);
                frame.release();
            }
        }
        assertThat(batch.size()).isEqualTo(in - out);
        for (int i = 0; i < batch.size(); i++) {
            assertThat(batch.get(i).getInt(0)).isEqualTo(out + i);
        }
        batch.release();
    }

    @Test
    void knowsNoFrameBeyondItsOwn() {
        FrameBatch batch = batch(0, 2);
        assertThatThrownBy(() -> batch.get(2)).isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("2");
        assertThatThrownBy(() -> batch.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        batch.release();
    }

    @Test
    void releasesWhatIsLeftAndComesBackEmpty() {
        FrameBatch batch = batch(0, 3);
        ByteBuf taken = batch.poll();
        ByteBuf left = batch.get(1);
        assertThat(batch.release()).isTrue();
        assertThat(left.refCnt()).isZero();
        assertThat(taken.refCnt()).isEqualTo(1);
        taken.release();
        assertThatThrownBy(batch::release).isInstanceOf(IllegalReferenceCountException.class);
        for (int i = 0; i < 100; i++) {
            FrameBatch next = FrameBatch.newInstance();
            assertThat(next.isEmpty()).isTrue();
            assertThat(next.refCnt()).isEqualTo(1);
            next.add(frame(i)).release();
        }
    }

    @Test
    void aFrameThatWasReleasedDoesNotKeepTheOthers() {
        FrameBatch batch = batch(0, 3);
        ByteBuf last = batch.get(2);
        batch.get(0).release();
        batch.release();
        assertThat(last.refCnt()).isZero();
    }

    @Test
    void takesNoFrameThatIsNone() {
        FrameBatch batch = batch(0, 1);
        assertThatThrownBy(() -> batch.add(null)).isInstanceOf(NullPointerException.class);
        assertThat(drain(batch)).containsExactly(0);
        batch.release();
    }

    /** A frame that is added then would be in the batch of the next user. */
    @Test
    void takesNoFrameOnceItWasReleased() {
        FrameBatch batch = batch(0, 1);
        batch.release();
        ByteBuf late = frame(1);
        assertThatThrownBy(() -> batch.add(late)).isInstanceOf(IllegalReferenceCountException.class);
        late.release();
    }

    /** A handler that was removed gets no more events, so it must not get the rest of a batch. */
    @Test
    void whatIsLeftWhenItsHandlerIsRemovedWhileReadingPassesIt() {
        FaultInjector duplicates = new FaultInjector(FaultSpec.parse("duplicate=1"), 0);
        List<Integer> received = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(duplicates, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof FrameBatch batch) {
                    received.addAll(drain(batch));
                } else {
                    received.add(((ByteBuf) message).getInt(0));
                }
                ReferenceCountUtil.release(message);
                if (ctx.pipeline().get(FaultInjector.class) != null) {
                    ctx.pipeline().remove(duplicates);
                }
            }
        });
        channel.writeInbound(batch(0, 4));
        assertThat(received).startsWith(0).endsWith(1, 2, 3).hasSizeBetween(4, 5);
        channel.finishAndReleaseAll();
    }

    @Test
    void whatIsLeftWhenItsHandlerIsRemovedWhileWritingPassesIt() {
        FaultInjector duplicates = new FaultInjector(FaultSpec.parse("duplicate=1"), 0);
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                ctx.write(message, promise);
                if (ctx.pipeline().get(FaultInjector.class) != null) {
                    ctx.pipeline().remove(duplicates);
                }
            }
        }, duplicates);
        ChannelFuture written = channel.writeAndFlush(batch(0, 4));
        assertThat(numbers(channel)).startsWith(0).endsWith(1, 2, 3).hasSizeBetween(4, 5);
        assertThat(written.isSuccess()).isTrue();
        channel.finishAndReleaseAll();
    }

    /** Refuses odd frames. */
    private static final class EvenOnly extends FrameHandler {
        @Override
        protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
            int number = frame.getInt(0);
            if (number % 2 == 0) {
                ctx.write(frame, promise);
            } else {
                refuse(frame, promise, new FrameRefusedException(DropReason.REFUSED, "odd: " + number));
            }
        }
    }

    @Test
    void thePromiseOfABatchIsThatOfAllItsFrames() {
        EmbeddedChannel channel = new EmbeddedChannel(new EvenOnly());
        ChannelFuture good = channel.writeAndFlush(FrameBatch.newInstance().add(frame(0)).add(frame(2)));
        ChannelFuture bad = channel.writeAndFlush(batch(3, 3));
        ChannelFuture empty = channel.writeAndFlush(FrameBatch.newInstance());
        assertThat(good.isSuccess()).isTrue();
        assertThat(bad.cause()).isInstanceOf(IOException.class).hasMessage("odd: 3");
        assertThat(empty.isSuccess()).isTrue();
        assertThat(numbers(channel)).containsExactly(0, 2, 4);
        channel.finishAndReleaseAll();
    }

    @Test
    void aVoidPromiseTellsOfEachFailure() {
        List<Throwable> caught = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(new EvenOnly(), new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                caught.add(cause);
            }
        });
        channel.writeAndFlush(batch(0, 4), channel.voidPromise());
        assertThat(caught).extracting(Throwable::getMessage).containsExactly("odd: 1", "odd: 3");
        assertThat(numbers(channel)).containsExactly(0, 2);
        channel.finishAndReleaseAll();
    }

    private static List<Integer> numbers(EmbeddedChannel channel) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuf frame; (frame = channel.readOutbound()) != null;) {
            numbers.add(frame.getInt(0));
            frame.release();
        }
        return numbers;
    }

    /** A handler for single frames takes batches apart, in both directions. */
    @Test
    void headersAreConvertedFrameByFrame() {
        EmbeddedChannel channel = new EmbeddedChannel(
            new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));
        FrameBatch received = FrameBatch.newInstance();
        for (int i = 0; i < 3; i++) {
            received.add(Unpooled.buffer().writeZero(12).writeBytes(new byte[60]).setByte(12, i));
        }
        received.add(Unpooled.buffer().writeZero(5));
        channel.writeInbound(received);
        for (int i = 0; i < 3; i++) {
            ByteBuf frame = channel.readInbound();
            assertThat(frame.readableBytes()).isEqualTo(60);
            assertThat(frame.getByte(frame.readerIndex())).isEqualTo((byte) i);
            frame.release();
        }
        assertThat(channel.<Object>readInbound()).as("the malformed one is dropped alone").isNull();
        ChannelFuture written = channel.writeAndFlush(batch(0, 2));
        assertThat(written.isSuccess()).isTrue();
        for (int i = 0; i < 2; i++) {
            ByteBuf frame = channel.readOutbound();
            assertThat(frame.readableBytes()).isEqualTo(72);
            frame.release();
        }
        channel.finishAndReleaseAll();
    }

    @Test
    void lanesTakeABatchApart() {
        FaultInjector duplicates = new FaultInjector(FaultSpec.parse("duplicate=1"), 0);
        EmbeddedChannel channel = new EmbeddedChannel(duplicates);
        channel.writeInbound(batch(0, 2));
        List<Integer> received = new ArrayList<>();
        for (ByteBuf frame; (frame = channel.readInbound()) != null;) {
            received.add(frame.getInt(0));
            frame.release();
        }
        ChannelFuture written = channel.writeAndFlush(batch(2, 2));
        assertThat(received).containsExactly(0, 0, 1, 1);
        assertThat(numbers(channel)).containsExactly(2, 2, 3, 3);
        assertThat(written.isSuccess()).isTrue();
        channel.finishAndReleaseAll();
    }

    /** A handler that only looks at frames passes the whole batch on. */
    @Test
    void aCaptureHasEachFrame(@TempDir Path directory) throws Exception {
        PcapWriter writer = PcapWriter.to(directory.resolve("batch.pcapng")).open();
        PcapInterface capture = writer.addInterface("batch");
        EmbeddedChannel channel = new EmbeddedChannel(new PcapWriteHandler(capture));
        channel.writeInbound(batch(0, 3));
        FrameBatch passed = channel.readInbound();
        assertThat(drain(passed)).containsExactly(0, 1, 2);
        passed.release();
        writer.close();
        assertThat(capture.received()).isEqualTo(3);
        channel.finishAndReleaseAll();
    }
}
