/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.PromiseCombiner;

import java.util.Objects;

/**
 * Segments super-frames in one direction: TCP over IPv4 and IPv6, UDP into datagrams (USO) or into IP fragments (UFO).
 * What the side beyond does itself passes untouched; what it does not becomes frames with a header that asks for
 * nothing, or for no more than a checksum where that side completes one. A frame whose header is not valid is dropped
 * and counted; an outbound one fails its promise with {@link VirtioNetFrameException}. A super-frame's promise
 * succeeds once all its segments are written, and fails if one of them fails.
 *
 * <p>Segments share the payload of the super-frame, which is not written to. One instance for each channel;
 * {@link #validator} is for its event loop.
 */
public final class GsoSegmenter extends FrameHandler {
    private final VirtioNetHeader header;
    private final FrameDirection direction;
    private final VirtioNetOffloads beyond;
    private final VirtioNetHeaderValidator validator;

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
        if (header.length() == VnetHeaderLength.NONE) {
            throw new IllegalArgumentException("without a virtio-net header there are no super-frames");
        }
        this.header = header;
        this.direction = Objects.requireNonNull(direction, "direction");
        this.beyond = beyond.honoured();
        validator = new VirtioNetHeaderValidator(link, header, VirtioNetOffloads.ALL);
    }

    /** Counts what was judged, and why it was dropped. */
    public VirtioNetHeaderValidator validator() {
        return validator;
    }

    @Override
    void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
        if (direction != FrameDirection.INBOUND) {
            fire(ctx, frame);
        } else if (validator.validate(frame) != VirtioNetVerdict.VALID) {
            drop(frame);
        } else if (isDoneBeyond(frame)) {
            fire(ctx, withTrueHdrLen(ctx.alloc(), frame));
        } else {
            try {
                GsoSegments segments = segments(frame);
                while (segments.hasNext()) {
                    fire(ctx, segments.next(ctx.alloc()));
                }
            } finally {
                frame.release();
            }
        }
    }

    @Override
    void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        if (direction != FrameDirection.OUTBOUND) {
            ctx.write(frame, promise);
            return;
        }
        VirtioNetVerdict verdict = validator.validate(frame);
        if (verdict != VirtioNetVerdict.VALID) {
            refuse(frame, promise, verdict);
        } else if (isDoneBeyond(frame)) {
            ctx.write(withTrueHdrLen(ctx.alloc(), frame), promise);
        } else {
            try {
                write(ctx, segments(frame), promise);
            } finally {
                frame.release();
            }
        }
    }

    private static void write(ChannelHandlerContext ctx, GsoSegments segments, ChannelPromise promise) {
        if (promise.isVoid() || segments.count() == 1) {
            while (segments.hasNext()) {
                ctx.write(segments.next(ctx.alloc()), promise);
            }
            return;
        }
        PromiseCombiner all = new PromiseCombiner(ctx.executor());
        while (segments.hasNext()) {
            all.add(ctx.write(segments.next(ctx.alloc())));
        }
        all.finish(promise);
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
