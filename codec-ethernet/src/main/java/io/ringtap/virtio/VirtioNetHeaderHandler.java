/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.ringtap.ethernet.FrameDirection;

import java.util.EnumSet;
import java.util.Objects;

/**
 * Converts between the virtio-net header of the device and that of the application; either may be none. The header is
 * converted, added or removed; the frame behind it does not change, also when the header lies across the parts of a
 * composite. Behind a new header, a frame of more than 2 KiB is shared, and a shorter one is copied.
 *
 * <p>It drops and counts messages shorter than their header, frames shorter than an Ethernet header (see {@link
 * LinkLayer}), and frames whose header cannot be removed because something is left to do. If there can be such frames,
 * they have to pass a {@link GsoSegmenter} and a {@link ChecksumCompletion} before they reach this handler. An outbound
 * frame that is dropped fails its promise with {@link VirtioNetFrameException}. One instance for each channel; the
 * counts are for its event loop.
 */
public final class VirtioNetHeaderHandler extends VirtioNetFrameHandler {
    private final LinkLayer link;
    private final VirtioNetHeader device;
    private final VirtioNetHeader application;
    private final long[] dropped = new long[VirtioNetVerdict.values().length];

    /** Converts between two lengths in the machine's byte order. */
    public VirtioNetHeaderHandler(VnetHeaderLength device, VnetHeaderLength application) {
        this(VirtioNetHeader.of(device), VirtioNetHeader.of(application));
    }

    /** Converts between the device's layout and the application's. */
    public VirtioNetHeaderHandler(VirtioNetHeader device, VirtioNetHeader application) {
        this(LinkLayer.ETHERNET, device, application);
    }

    /** Converts between the device's layout and the application's, in front of frames of a kind. */
    public VirtioNetHeaderHandler(LinkLayer link, VirtioNetHeader device, VirtioNetHeader application) {
        super(EnumSet.allOf(FrameDirection.class));
        this.link = Objects.requireNonNull(link, "link");
        this.device = Objects.requireNonNull(device, "device");
        this.application = Objects.requireNonNull(application, "application");
    }

    /** How many frames, of both directions, were dropped for a reason. */
    public long dropped(VirtioNetVerdict reason) {
        return dropped[reason.ordinal()];
    }

    @Override
    protected void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
        VirtioNetVerdict verdict = judge(frame, device, application);
        if (verdict != VirtioNetVerdict.VALID) {
            drop(frame, verdict);
        } else {
            fire(ctx, convert(ctx.alloc(), frame, device, application));
        }
    }

    @Override
    protected void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        VirtioNetVerdict verdict = judge(frame, application, device);
        if (verdict != VirtioNetVerdict.VALID) {
            refuse(frame, promise, verdict);
        } else {
            ctx.write(convert(ctx.alloc(), frame, application, device), promise);
        }
    }

    private VirtioNetVerdict judge(ByteBuf message, VirtioNetHeader from, VirtioNetHeader to) {
        VirtioNetVerdict verdict = VirtioNetVerdict.VALID;
        if (message.readableBytes() < from.bytes()) {
            verdict = VirtioNetVerdict.SHORTER_THAN_HEADER;
        } else if (message.readableBytes() < from.bytes() + link.shortest()) {
            verdict = VirtioNetVerdict.FRAME_TOO_SHORT;
        } else if (!from.isLossless(message, message.readerIndex(), to.length())) {
            verdict = VirtioNetVerdict.HEADER_LOST;
        }
        if (verdict != VirtioNetVerdict.VALID) {
            dropped[verdict.ordinal()]++;
        }
        return verdict;
    }

    /** The same frame behind another header; takes over the message, and releases it if there is no memory. */
    static ByteBuf convert(ByteBufAllocator alloc, ByteBuf message, VirtioNetHeader from, VirtioNetHeader to) {
        if (from == to) {
            return message;
        }
        if (to.bytes() == 0) {
            return message.skipBytes(from.bytes());
        }
        ByteBuf head = NewHead.allocate(alloc, to.bytes(), message, message.readableBytes() - from.bytes());
        from.convert(message, message.readerIndex(), to, head, 0);
        return NewHead.join(alloc, head.writerIndex(to.bytes()), message.skipBytes(from.bytes()));
    }
}
