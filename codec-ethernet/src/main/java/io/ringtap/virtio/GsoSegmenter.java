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
 * What the side beyond does itself passes untouched; what it does not becomes frames with a header that asks for
 * nothing, or for no more than a checksum where that side completes one. A frame whose header is not valid is dropped
 * and counted; an outbound one fails its promise with {@link VirtioNetFrameException}. A super-frame's promise
 * succeeds once all its segments are written, and fails if one of them fails.
 *
 * <p>One super-frame can become 8192 segments, and a guest decides how many. Of these {@value SegmentTurns#ROUND} are
 * made in a round, which ends with a flush or with {@code channelReadComplete}. What is left of a super-frame, and what
 * comes behind it, waits until the event loop's other channels have had their turn, and so on; outbound, also until the
 * channel is writable again. Frames keep their order, and a flush holds for all that was written before it. What waits
 * is passed on when the handler is removed, and what was flushed also when the channel is closed.
 *
 * <p>Inbound, the channel is read no further meanwhile: a {@code read()} is held back, and {@code autoRead} turned off
 * and on again. Who turns it off meanwhile for a reason of its own looks at each {@code channelReadComplete} whether
 * it is still off. Outbound, at most so many super-frames wait as become {@value #MAX_WAITING} segments, or one that
 * becomes more, and {@value #MAX_WAITING_FRAMES} other frames; one that comes then is dropped and counted ({@link
 * #congested}), and its promise fails with {@link VirtioNetVerdict#CONGESTED}. {@link #isBehind} tells whether
 * something waits.
 *
 * <p>Segments share the payload of the super-frame, which is not written to. One instance for each channel;
 * {@link #validator} is for its event loop.
 */
public final class GsoSegmenter extends VirtioNetFrameHandler {
    /** So many segments wait at most, outbound; one of more than 2 KiB counts as several. Two rounds of short ones. */
    static final int MAX_WAITING = 2048;
    /** So many frames that need no work wait beside them: super-frames do not take their room. */
    static final int MAX_WAITING_FRAMES = 4096;
    /** What waits inbound comes from the round that was under way when reading stopped, unless reading goes on. */
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
     * For a layout.
     *
     * @param beyond what the side does by itself that the frames go to
     * @throws IllegalArgumentException if the layout has no header
     */
    public GsoSegmenter(VirtioNetHeader header, FrameDirection direction, VirtioNetOffloads beyond) {
        this(LinkLayer.ETHERNET, header, direction, beyond);
    }

    /**
     * For frames of a kind and a layout.
     *
     * @param beyond what the side does by itself that the frames go to
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

    /** Counts what was judged, and why it was dropped. */
    public VirtioNetHeaderValidator validator() {
        return validator;
    }

    /** How many frames were dropped since too much waited already. For the event loop. */
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
