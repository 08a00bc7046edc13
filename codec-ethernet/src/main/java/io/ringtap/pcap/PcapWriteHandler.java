/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.ObjectUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameDirection;

/**
 * Copies every frame that passes to a {@link PcapWriter}, as {@code tcpdump -i} would see it at this place of the
 * pipeline: an outbound frame is captured when it is written, also if the device refuses it later. Messages and events
 * go on untouched, whatever happens to the capture: if its files cannot be written any more, one {@link
 * CaptureFailedEvent} goes through the pipeline, further frames count as dropped, and nothing else changes.
 *
 * <p>The writer is not closed by this handler: several channels may share it, each with an interface of its own.
 */
public final class PcapWriteHandler extends ChannelDuplexHandler {
    private static final InternalLogger logger = InternalLoggerFactory.getInstance(PcapWriteHandler.class);

    private final PcapInterface capture;
    private final int vnetHeaderLength;
    private boolean failureTold;

    /** Captures frames without a vnet header. */
    public PcapWriteHandler(PcapInterface capture) {
        this(capture, 0);
    }

    /**
     * Captures frames.
     *
     * @param vnetHeaderLength bytes in front of every frame that are left out of the file
     */
    public PcapWriteHandler(PcapInterface capture, int vnetHeaderLength) {
        this.capture = ObjectUtil.checkNotNull(capture, "capture");
        this.vnetHeaderLength = ObjectUtil.checkPositiveOrZero(vnetHeaderLength, "vnetHeaderLength");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        capture(ctx, msg, FrameDirection.INBOUND);
        ctx.fireChannelRead(msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        capture(ctx, msg, FrameDirection.OUTBOUND);
        ctx.write(msg, promise);
    }

    private void capture(ChannelHandlerContext ctx, Object msg, FrameDirection direction) {
        if (msg instanceof ByteBuf frame) {
            capture(ctx, frame, direction);
        } else if (msg instanceof FrameBatch batch) {
            for (int i = 0; i < batch.size(); i++) {
                capture(ctx, batch.get(i), direction);
            }
        }
    }

    private void capture(ChannelHandlerContext ctx, ByteBuf frame, FrameDirection direction) {
        boolean captured = false;
        try {
            captured = capture.write(ctx.alloc(), frame, vnetHeaderLength, direction);
        } catch (Throwable cause) {
            // Out of memory for the copy, or a frame released too early; the counter has it.
            logger.debug("{} frame not captured", ctx.channel(), cause);
        }
        if (!captured && !failureTold && capture.failure() != null) {
            failureTold = true;
            ctx.fireUserEventTriggered(new CaptureFailedEvent(capture, capture.failure()));
        }
    }
}
