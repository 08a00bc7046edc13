/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.ExhaustedAllocator;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A super-frame of thousands of segments passes a {@link GsoSegmenter} in several turns. The event loop does other work
 * in between. No segment is lost or reordered, and each promise is true.
 */
class GsoTurnsTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int SIZE = 8;
    private static final int SEGMENTS = 2000;
    private static final int LONGEST = 8185;
    private static final int ROUND = SegmentTurns.ROUND;

    private final Random random = new Random(4);
    private final PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, SEGMENTS * SIZE);
    private final byte[] payload = PacketCheck.of(packet.build()).payloadOctets();
    private final Device device = new Device();
    private EmbeddedChannel channel;
    private GsoSegmenter segmenter;

    /** Takes what is written; a flush that went on to the embedded channel would run the turns that are due. */
    private static final class Device extends ChannelOutboundHandlerAdapter {
        private final List<ByteBuf> written = new ArrayList<>();
        private final List<ChannelPromise> promises = new ArrayList<>();
        private final List<ByteBuf> sent = new ArrayList<>();

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (!promise.setUncancellable()) {
                ((ByteBuf) message).release();
                return;
            }
            written.add((ByteBuf) message);
            promises.add(promise);
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            sent.addAll(written);
            written.clear();
            promises.forEach(ChannelPromise::trySuccess);
            promises.clear();
        }
    }

    private void open(FrameDirection direction) {
        segmenter = new GsoSegmenter(VnetHeaderLength.MERGEABLE, direction);
        channel = new EmbeddedChannel(segmenter);
        pipeline().addFirst(device);
    }

    /** The methods of the embedded channel itself would run the turns that are due. */
    private ChannelPipeline pipeline() {
        return channel.pipeline();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        device.written.forEach(ByteBuf::release);
        device.sent.forEach(ByteBuf::release);
    }

    private ByteBuf superFrame() {
        return SuperFrame.of(HEADER, packet, VirtioNetHeader.GSO_TCPV4, SIZE);
    }

    private static ByteBuf superFrame(int segments) {
        return SuperFrame.of(HEADER, PacketBuilder.tcp(4).payload(new byte[segments * SIZE]),
            VirtioNetHeader.GSO_TCPV4, SIZE);
    }

    private static ByteBuf plain(int mark) {
        return PacketBuilder.udp(4).id(mark).payload((byte) mark).build(HEADER.bytes());
    }

    private void runAll() {
        for (int turns = 0; segmenter.isBehind(); turns++) {
            assertThat(turns).as("turns").isLessThan(1000);
            channel.runPendingTasks();
        }
    }

    private List<byte[]> read(boolean inbound) {
        List<byte[]> frames = new ArrayList<>();
        if (inbound) {
            for (ByteBuf frame; (frame = channel.readInbound()) != null;) {
                frames.add(SuperFrame.frame(HEADER, frame));
            }
        } else {
            device.sent.forEach(frame -> frames.add(SuperFrame.frame(HEADER, frame)));
            device.sent.clear();
        }
        return frames;
    }

    private static byte[] payloads(List<byte[]> frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frames.forEach(frame -> out.writeBytes(PacketCheck.of(frame).verifyTransport().payloadOctets()));
        return out.toByteArray();
    }

    /** Without turns, all 2000 would be made and written when {@code write} returns. */
    @Test
    void aSuperFrameGoesOutInTurns() {
        open(FrameDirection.OUTBOUND);
        ChannelFuture written = pipeline().write(superFrame());
        pipeline().flush();
        assertThat(device.sent.size()).isEqualTo(ROUND);
        assertThat(segmenter.isBehind()).isTrue();
        List<byte[]> frames = read(false);
        for (int turn = 1; turn < 4; turn++) {
            assertThat(written.isDone()).isFalse();
            channel.runPendingTasks();
            // They are flushed, as the write was.
            List<byte[]> more = read(false);
            assertThat(more.size()).isEqualTo(turn < 3 ? ROUND : SEGMENTS - 3 * ROUND);
            frames.addAll(more);
        }
        assertThat(segmenter.isBehind()).isFalse();
        channel.runPendingTasks();
        assertThat(written.isSuccess()).isTrue();
        assertThat(payloads(frames)).isEqualTo(payload);
    }

    @Test
    void otherTasksOfTheEventLoopHaveTheirTurnInBetween() {
        open(FrameDirection.OUTBOUND);
        pipeline().writeAndFlush(superFrame());
        int[] seen = new int[1];
        channel.eventLoop().execute(() -> seen[0] = device.sent.size());
        channel.runPendingTasks();
        assertThat(seen[0]).isEqualTo(ROUND);
        runAll();
        assertThat(payloads(read(false))).isEqualTo(payload);
    }

    @Test
    void whatIsWrittenBehindItKeepsItsPlace() {
        open(FrameDirection.OUTBOUND);
        List<ChannelFuture> written = new ArrayList<>();
        written.add(pipeline().write(superFrame()));
        written.add(pipeline().write(plain(1)));
        written.add(pipeline().write(superFrame(3)));
        FrameBatch batch = FrameBatch.newInstance().add(plain(2)).add(plain(3));
        written.add(pipeline().write(batch));
        pipeline().flush();
        assertThat(written).noneMatch(ChannelFuture::isDone);
        runAll();
        channel.runPendingTasks();
        assertThat(written).allMatch(ChannelFuture::isSuccess);
        List<byte[]> frames = read(false);
        assertThat(frames.size()).isEqualTo(SEGMENTS + 6);
        assertThat(payloads(frames.subList(0, SEGMENTS))).isEqualTo(payload);
        assertThat(PacketCheck.of(frames.get(SEGMENTS)).payloadOctets()).containsExactly(1);
        assertThat(PacketCheck.of(frames.get(SEGMENTS + 4)).payloadOctets()).containsExactly(2);
        assertThat(PacketCheck.of(frames.get(SEGMENTS + 5)).payloadOctets()).containsExactly(3);
    }

    @Test
    void whatWasNotFlushedIsNot() {
        open(FrameDirection.OUTBOUND);
        pipeline().write(superFrame(600));
        channel.runPendingTasks();
        assertThat(device.sent).isEmpty();
        pipeline().flush();
        runAll();
        assertThat(read(false).size()).isEqualTo(600);
    }

    /** A flush ends a round, so that ordinary super-frames never wait for a turn. */
    @Test
    void ordinarySuperFramesDoNotWait() {
        open(FrameDirection.OUTBOUND);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 8; i++) {
                pipeline().write(SuperFrame.of(HEADER, PacketBuilder.tcp(4).payload(new byte[64_000]),
                    VirtioNetHeader.GSO_TCPV4, 1448));
            }
            pipeline().flush();
            assertThat(segmenter.isBehind()).isFalse();
            assertThat(read(false).size()).isEqualTo(8 * 45);
        }
    }

    @Test
    void boundsWhatWaitsAndLeavesRoomForFramesThatNeedNoWork() {
        open(FrameDirection.OUTBOUND);
        ChannelFuture longest = pipeline().write(superFrame(LONGEST));
        ChannelFuture tooMuch = pipeline().write(superFrame(1000));
        assertThat(((VirtioNetFrameException) tooMuch.cause()).verdict()).isSameAs(VirtioNetVerdict.CONGESTED);
        assertThat(segmenter.congested()).isEqualTo(1);
        List<ChannelFuture> written = new ArrayList<>();
        for (int i = 0; i < GsoSegmenter.MAX_WAITING_FRAMES; i++) {
            written.add(pipeline().write(plain(i & 0x7f)));
        }
        assertThat(written).noneMatch(ChannelFuture::isDone);
        ChannelFuture oneMore = pipeline().write(plain(0));
        assertThat(((VirtioNetFrameException) oneMore.cause()).verdict()).isSameAs(VirtioNetVerdict.CONGESTED);
        assertThat(segmenter.congested()).isEqualTo(2);
        assertThat(segmenter.validator().rejected()).isZero();
        pipeline().flush();
        runAll();
        channel.runPendingTasks();
        assertThat(longest.isSuccess()).isTrue();
        assertThat(written).allMatch(ChannelFuture::isSuccess);
        assertThat(read(false).size()).isEqualTo(LONGEST + GsoSegmenter.MAX_WAITING_FRAMES);
    }

    /** While the device has no room, no more segments are made. */
    @Test
    void waitsUntilTheChannelIsWritableAgain() {
        open(FrameDirection.OUTBOUND);
        pipeline().writeAndFlush(superFrame());
        channel.unsafe().outboundBuffer().setUserDefinedWritability(3, false);
        channel.runPendingTasks();
        channel.runPendingTasks();
        assertThat(device.sent.size()).isEqualTo(ROUND);
        channel.unsafe().outboundBuffer().setUserDefinedWritability(3, true);
        runAll();
        assertThat(payloads(read(false))).isEqualTo(payload);
    }

    @Test
    void aPromiseFailsIfOneSegmentDoes() {
        open(FrameDirection.OUTBOUND);
        IOException cause = new IOException("the 1000th");
        int[] count = new int[1];
        pipeline().addAfter(pipeline().firstContext().name(), null, new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                if (++count[0] == 1000) {
                    ((ByteBuf) message).release();
                    promise.setFailure(cause);
                } else {
                    ctx.write(message, promise);
                }
            }
        });
        ChannelFuture written = pipeline().write(superFrame());
        pipeline().flush();
        runAll();
        channel.runPendingTasks();
        assertThat(written.cause()).isSameAs(cause);
        assertThat(read(false).size()).as("the others are sent").isEqualTo(SEGMENTS - 1);
    }

    @Test
    void aWriteThatIsCancelledWhileItWaitsIsNotSentAndOneThatHasBegunCannotBe() {
        open(FrameDirection.OUTBOUND);
        ChannelFuture first = pipeline().write(superFrame());
        ChannelFuture second = pipeline().write(superFrame(3));
        ChannelFuture third = pipeline().write(plain(1));
        pipeline().flush();
        assertThat(first.cancel(false)).isFalse();
        assertThat(second.cancel(false)).isTrue();
        assertThat(third.cancel(false)).isTrue();
        runAll();
        channel.runPendingTasks();
        assertThat(first.isSuccess()).isTrue();
        assertThat(payloads(read(false))).isEqualTo(payload);
    }

    @Test
    void withoutMemoryTheRestFailsAndTheNextGoesOn() {
        open(FrameDirection.OUTBOUND);
        ExhaustedAllocator exhausted = new ExhaustedAllocator();
        ChannelFuture written = pipeline().write(superFrame());
        ChannelFuture next = pipeline().write(plain(9));
        pipeline().flush();
        channel.config().setAllocator(exhausted);
        runAll();
        channel.runPendingTasks();
        assertThat(written.cause()).isInstanceOf(OutOfMemoryError.class);
        assertThat(next.isSuccess()).isTrue();
        assertThat(read(false).size()).isEqualTo(ROUND + 1);
    }

    @Test
    void whenTheHandlerIsRemovedAllIsPassedOn() {
        open(FrameDirection.OUTBOUND);
        ChannelFuture written = pipeline().write(superFrame());
        ChannelFuture next = pipeline().write(plain(9));
        pipeline().flush();
        pipeline().remove(segmenter);
        channel.runPendingTasks();
        assertThat(written.isSuccess()).isTrue();
        assertThat(next.isSuccess()).isTrue();
        assertThat(read(false).size()).isEqualTo(SEGMENTS + 1);
    }

    @Test
    void whatWasFlushedBeforeCloseIsSentAndTheRestFails() {
        open(FrameDirection.OUTBOUND);
        ChannelFuture written = pipeline().write(superFrame());
        pipeline().flush();
        ChannelFuture next = pipeline().write(superFrame(3));
        ChannelFuture last = pipeline().write(plain(9));
        pipeline().close();
        channel.runPendingTasks();
        assertThat(written.isSuccess()).isTrue();
        assertThat(next.cause()).isInstanceOf(ClosedChannelException.class);
        assertThat(last.cause()).isInstanceOf(ClosedChannelException.class);
        assertThat(payloads(read(false))).isEqualTo(payload);
    }

    /** A handler that flushes each segment at once completes promises within a turn. */
    @Test
    void aCloseFromWithinATurnSendsWhatWasFlushedBefore() {
        open(FrameDirection.OUTBOUND);
        pipeline().addBefore(pipeline().context(segmenter).name(), null, new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                if (ctx.channel().isOpen()) {
                    device.sent.add((ByteBuf) message);
                    promise.trySuccess();
                } else {
                    ((ByteBuf) message).release();
                    promise.tryFailure(new ClosedChannelException());
                }
            }
        });
        ChannelFuture first = pipeline().write(superFrame(ROUND + 3));
        ChannelFuture second = pipeline().write(superFrame(5));
        ChannelFuture third = pipeline().write(plain(1));
        pipeline().flush();
        ChannelFuture last = pipeline().write(plain(2));
        first.addListener(sent -> channel.close());
        runAll();
        assertThat(channel.isOpen()).isFalse();
        assertThat(first.cause()).isNull();
        assertThat(second.cause()).isNull();
        assertThat(third.cause()).isNull();
        assertThat(last.cause()).isInstanceOf(ClosedChannelException.class);
        assertThat(device.sent).hasSize(ROUND + 3 + 5 + 1);
    }

    @Test
    void anInboundSuperFrameArrivesInTurnsOfWhichEachIsARead() {
        open(FrameDirection.INBOUND);
        List<Integer> rounds = new ArrayList<>();
        int[] count = new int[1];
        pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                count[0]++;
                ctx.fireChannelRead(message);
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                rounds.add(count[0]);
                count[0] = 0;
                ctx.fireChannelReadComplete();
            }
        });
        pipeline().fireChannelRead(superFrame());
        pipeline().fireChannelRead(plain(7));
        pipeline().fireChannelReadComplete();
        runAll();
        assertThat(rounds).containsExactly(ROUND, ROUND, ROUND, SEGMENTS - 3 * ROUND + 1);
        List<byte[]> frames = read(true);
        assertThat(PacketCheck.of(frames.remove(SEGMENTS)).payloadOctets()).containsExactly(7);
        assertThat(payloads(frames)).isEqualTo(payload);
    }

    @Test
    void nothingMoreIsReadWhileOneIsUnderWay() {
        open(FrameDirection.INBOUND);
        pipeline().fireChannelRead(superFrame());
        assertThat(channel.config().isAutoRead()).isFalse();
        pipeline().fireChannelReadComplete();
        runAll();
        assertThat(channel.config().isAutoRead()).isTrue();
        read(true);
    }

    @Test
    void aReadIsHeldBackWhileOneIsUnderWay() {
        open(FrameDirection.INBOUND);
        int[] reads = new int[1];
        pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        });
        channel.config().setAutoRead(false);
        pipeline().fireChannelRead(superFrame());
        pipeline().fireChannelReadComplete();
        reads[0] = 0;
        pipeline().read();
        assertThat(reads[0]).isZero();
        runAll();
        assertThat(reads[0]).isOne();
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(payloads(read(true))).isEqualTo(payload);
    }

    /** Even if the channel keeps reading, the queue of waiting segments is bounded. */
    @Test
    void boundsWhatWaitsInbound() {
        open(FrameDirection.INBOUND);
        pipeline().fireChannelRead(superFrame());
        for (int i = 0; i < 100; i++) {
            pipeline().fireChannelRead(SuperFrame.of(HEADER, PacketBuilder.tcp(4).payload(new byte[60_000]),
                VirtioNetHeader.GSO_TCPV4, 30_000));
        }
        int most = GsoSegmenter.MAX_WAITING_BYTES / 60_000;
        assertThat(segmenter.congested()).isBetween(100L - most, 100L - most + 2);
        pipeline().remove(segmenter);
        assertThat(read(true).size()).isEqualTo(SEGMENTS + 2 * (int) (100 - segmenter.congested()));
    }

    @Test
    void whatHasArrivedIsPassedOnBeforeTheChannelIsInactive() {
        open(FrameDirection.INBOUND);
        pipeline().fireChannelRead(superFrame());
        pipeline().close();
        assertThat(payloads(read(true))).isEqualTo(payload);
    }

    /** A handler that gets a segment may send a frame on the same way again. That frame comes after the segments. */
    @Test
    void whatASegmentGivesRiseToComesBehindTheSuperFrame() {
        open(FrameDirection.INBOUND);
        boolean[] done = new boolean[1];
        pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (!done[0]) {
                    done[0] = true;
                    ctx.pipeline().fireChannelRead(plain(5));
                }
                ctx.fireChannelRead(message);
            }
        });
        channel.writeInbound(superFrame(20));
        List<byte[]> frames = read(true);
        assertThat(frames).hasSize(21);
        assertThat(PacketCheck.of(frames.get(20)).payloadOctets()).containsExactly(5);
    }

    @Test
    void fragmentsComeInTurnsToo() {
        open(FrameDirection.OUTBOUND);
        PacketBuilder datagram = PacketBuilder.udp(4).randomPayload(random, 8 * SEGMENTS - 8);
        byte[] whole = PacketBuilder.udp(4).payload(PacketCheck.of(datagram.build()).payloadOctets()).build();
        pipeline().writeAndFlush(SuperFrame.of(HEADER, datagram, VirtioNetHeader.GSO_UDP, 8));
        assertThat(device.sent.size()).isEqualTo(ROUND);
        runAll();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] frame : read(false)) {
            PacketCheck check = PacketCheck.of(frame);
            out.write(frame, check.transport, check.end - check.transport);
        }
        assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(whole, 34, whole.length));
    }
}
