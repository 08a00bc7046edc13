/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.ringtap.ethernet.FrameDirection;

import java.util.EnumSet;

/**
 * Segments super-frames in one direction: TCP over IPv4 and IPv6, UDP into datagrams (USO) or into IP fragments (UFO).
 * A super-frame that the receiving side segments itself passes untouched. Any other becomes frames whose header asks
 * for nothing, or only for a checksum if the receiving side completes checksums. A frame whose header is not valid is
 * dropped and counted; an outbound one fails its promise with {@link VirtioNetFrameException}. A super-frame's promise
 * succeeds once all its segments are written, and fails if one of them fails.
 *
 * <p>One super-frame can become 8192 segments, and a guest decides how many. At most {@value SegmentTurns#ROUND} are
 * made in a round, which ends with a flush or with {@code channelReadComplete}. The rest of a super-frame, and the
 * frames behind it, wait until the other channels of the event loop have had their turn; outbound frames also wait
 * until the channel is writable again. Frames keep their order, and a flush applies to all frames that were written
 * before it. Frames that wait are passed on when the handler is removed; those that were flushed also when the channel
 * is closed.
 *
 * <p>Inbound, the channel is not read while frames wait here: a {@code read()} is held back, and {@code autoRead} is
 * turned off and on again. A handler that turns {@code autoRead} off for a reason of its own at that time has to check
 * at each {@code channelReadComplete} whether it is still off. Outbound, super-frames of {@value #MAX_WAITING}
 * segments in all may wait, or one with more segments, and {@value #MAX_WAITING_FRAMES} other frames. A frame beyond
 * that is dropped and counted ({@link #congested}), and its promise fails with {@link VirtioNetVerdict#CONGESTED}.
 * {@link #isBehind} tells whether frames wait.
 *
 * <p>Segments share the payload of the super-frame, which is not written to. One instance for each channel;
 * {@link #validator} is for its event loop.
 */
public final class GsoSegmenter extends VirtioNetFrameHandler {
    /** The most outbound segments that may wait: four rounds. One of more than 2 KiB counts as several. */
    static final int MAX_WAITING = 2048;
    /** The most outbound frames that may wait without being super-frames; counted apart from the segments. */
    static final int MAX_WAITING_FRAMES = 4096;
    /** The most inbound bytes that may wait, for the case that reading goes on although it was stopped here. */
    static final int MAX_WAITING_BYTES = 4 << 20;

    private final VirtioNetHeader header;
    private final FrameDirection direction;
    private final VirtioNetOffloads beyond;
    private final VirtioNetHeaderValidator validator;
    private SegmentTurns turns;
    private long congested;
    private boolean readingStopped;
    private boolean readHeld;

    /** Segments everything and completes every segment's checksum; headers are in the machine's byte order. */
    public GsoSegmenter(VnetHeaderLength length, FrameDirection direction) {
        this(VirtioNetHeader.of(length), direction, VirtioNetOffloads.NONE);
    }

    /**
     * For Ethernet frames with a header layout.
     *
     * @param beyond what the receiving side does itself
     * @throws IllegalArgumentException if the layout has no header
     */
    public GsoSegmenter(VirtioNetHeader header, FrameDirection direction, VirtioNetOffloads beyond) {
        this(LinkLayer.ETHERNET, header, direction, beyond);
    }

    /**
     * For frames of a link layer with a header layout.
     *
     * @param beyond what the receiving side does itself
     * @throws IllegalArgumentException if the layout has no header
     */
    public GsoSegmenter(LinkLayer link, VirtioNetHeader header, FrameDirection direction, VirtioNetOffloads beyond) {
        super(EnumSet.of(direction));
        if (header.length() == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("without a virtio-net header there are no super-frames");
        }
        this.header = header;
        this.direction = direction;
        this.beyond = beyond.honoured();
        validator = new VirtioNetHeaderValidator(link, header, VirtioNetOffloads.ALL);
    }

    /** Counts the frames that were checked, and those that were dropped by the reason. */
    public VirtioNetHeaderValidator validator() {
        return validator;
    }

    /** How many frames were dropped because too many waited already. For the event loop. */
    public long congested() {
        return congested;
    }

    /** Whether frames wait for their turn. Any thread. */
    public boolean isBehind() {
        SegmentTurns added = turns;
        return added != null && added.isBehind();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        turns = direction == FrameDirection.INBOUND ? new InboundTurns(ctx) : new OutboundTurns(ctx);
    }

    @Override
    protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
        VirtioNetVerdict verdict = validator.validate(frame);
        if (verdict != VirtioNetVerdict.VALID) {
            drop(frame, verdict);
        } else if (!turns.isIdle() && turns.waitingBytes() + frame.readableBytes() > MAX_WAITING_BYTES) {
            congested++;
            drop(frame, VirtioNetVerdict.CONGESTED);
        } else {
            add(ctx, frame, null);
            if (turns.isBehind()) {
                stopReading(ctx);
            }
        }
    }

    @Override
    protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        VirtioNetVerdict verdict = validator.validate(frame);
        if (verdict != VirtioNetVerdict.VALID) {
            refuse(frame, promise, verdict);
        } else {
            add(ctx, frame, promise);
        }
    }

    private void add(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        if (isDoneBeyond(frame)) {
            int work = SegmentTurns.work(frame.readableBytes());
            if (!turns.isIdle() && promise != null && turns.waitingFrames() + work > MAX_WAITING_FRAMES) {
                refuseCongested(frame, promise);
            } else {
                turns.add(withTrueHdrLen(ctx.alloc(), frame), promise);
            }
            return;
        }
        GsoSegments segments = segments(frame);
        int work = SegmentTurns.work(segments.longest()) * segments.count();
        if (!turns.isIdle() && promise != null && turns.waitingSegments() + work > MAX_WAITING) {
            refuseCongested(frame, promise);
        } else {
            turns.add(frame, segments, promise);
        }
    }

    private void refuseCongested(ByteBuf frame, ChannelPromise promise) {
        congested++;
        refuse(frame, promise, VirtioNetVerdict.CONGESTED);
    }

    private void stopReading(ChannelHandlerContext ctx) {
        ChannelConfig config = ctx.channel().config();
        if (config.isAutoRead()) {
            readingStopped = true;
            config.setAutoRead(false);
        }
    }

    private void goOnReading(ChannelHandlerContext ctx) {
        boolean held = readHeld;
        readHeld = false;
        if (readingStopped) {
            readingStopped = false;
            ctx.channel().config().setAutoRead(true);
        } else if (held) {
            ctx.read();
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (direction == FrameDirection.INBOUND && !turns.isIdle()) {
            readHeld = true;
        } else {
            ctx.read();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (direction == FrameDirection.INBOUND) {
            turns.beginRound();
        }
        endRound(ctx);
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (direction == FrameDirection.OUTBOUND) {
            turns.flush();
            turns.beginRound();
        }
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        turns.resume();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
        turns.resume();
        ctx.fireChannelRegistered();
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
        turns.unregistered();
        ctx.fireChannelUnregistered();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (direction == FrameDirection.OUTBOUND && !turns.isIdle()) {
            turns.passFlushed();
            ctx.flush();
        }
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (direction == FrameDirection.OUTBOUND) {
            turns.discard();
        } else if (!turns.isIdle()) {
            turns.passAll();
            endRound(ctx);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (turns.isIdle()) {
            return;
        }
        if (direction == FrameDirection.INBOUND) {
            turns.passAll();
            ctx.fireChannelReadComplete();
            goOnReading(ctx);
        } else if (ctx.channel().isActive()) {
            boolean flush = turns.isFlushed();
            turns.passAll();
            if (flush) {
                ctx.flush();
            }
        } else {
            turns.discard();
        }
    }

    private final class InboundTurns extends SegmentTurns {
        InboundTurns(ChannelHandlerContext ctx) {
            super(ctx);
        }

        @Override
        void pass(ByteBuf frame, ChannelPromise promise) {
            fire(ctx(), frame);
        }

        @Override
        void failed(ChannelPromise promise, Throwable cause) {
            ctx().fireExceptionCaught(cause);
        }

        @Override
        boolean mayGoOn() {
            return true;
        }

        @Override
        void turnEnded(boolean flush) {
            endRound(ctx());
            if (isIdle()) {
                goOnReading(ctx());
            }
        }
    }

    private static final class OutboundTurns extends SegmentTurns {
        OutboundTurns(ChannelHandlerContext ctx) {
            super(ctx);
        }

        @Override
        void pass(ByteBuf frame, ChannelPromise promise) {
            ctx().write(frame, promise);
        }

        @Override
        void failed(ChannelPromise promise, Throwable cause) {
            promise.tryFailure(cause);
        }

        @Override
        boolean mayGoOn() {
            return ctx().channel().isWritable();
        }

        @Override
        void turnEnded(boolean flush) {
            if (flush) {
                ctx().flush();
            }
        }
    }

    private GsoSegments segments(ByteBuf message) {
        return GsoSegments.of(message, header, validator.packet(), beyond.contains(VirtioNetOffload.CSUM));
    }

    private ByteBuf withTrueHdrLen(ByteBufAllocator alloc, ByteBuf message) {
        if (validator.isHdrLenPossible(message)) {
            return message;
        }
        int index = message.readerIndex();
        int rest = message.readableBytes() - header.bytes();
        boolean gso = header.gsoType(message, index) != VirtioNetHeader.GSO_NONE;
        ByteBuf head = NewHead.allocate(alloc, header.bytes(), message, rest);
        head.writeBytes(message, header.bytes());
        header.setHdrLen(head, 0, gso ? validator.hdrLen() : 0);
        return NewHead.join(alloc, head, message);
    }

    private boolean isDoneBeyond(ByteBuf message) {
        int type = header.gsoType(message, message.readerIndex());
        boolean ecn = (type & VirtioNetHeader.GSO_ECN) != 0;
        if (ecn && !beyond.contains(VirtioNetOffload.ECN)) {
            return false;
        }
        switch (type & ~VirtioNetHeader.GSO_ECN) {
            case VirtioNetHeader.GSO_NONE:
                return true;
            case VirtioNetHeader.GSO_TCPV4:
                return beyond.contains(VirtioNetOffload.TSO4);
            case VirtioNetHeader.GSO_TCPV6:
                return beyond.contains(VirtioNetOffload.TSO6);
            case VirtioNetHeader.GSO_UDP:
                return beyond.contains(VirtioNetOffload.UFO);
            default:
                return beyond.contains(
                    validator.packet().version == 4 ? VirtioNetOffload.USO4 : VirtioNetOffload.USO6);
        }
    }
}
