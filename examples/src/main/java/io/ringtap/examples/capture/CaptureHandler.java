/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.pcap.PcapInterface;

import java.util.concurrent.CompletableFuture;

/**
 * Files what arrives, until there are as many frames as asked for, and releases it. On its channel's event loop, but
 * for {@link #done()} and the interface's counters.
 */
final class CaptureHandler extends ChannelInboundHandlerAdapter {
    private final PcapInterface capture;
    private final int vnetHeaderLength;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private long left;

    /**
     * A capture.
     *
     * @param vnetHeaderLength bytes in front of every frame that are left out of the file
     * @param count how many frames, or {@code Long.MAX_VALUE} for all
     */
    CaptureHandler(PcapInterface capture, int vnetHeaderLength, long count) {
        this.capture = capture;
        this.vnetHeaderLength = vnetHeaderLength;
        left = count;
    }

    /** Done when there are as many frames as asked for. */
    CompletableFuture<Void> done() {
        return done;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            if (left > 0 && capture.write(ctx.alloc(), frame, vnetHeaderLength, FrameDirection.INBOUND)) {
                left--;
            }
        } finally {
            frame.release();
        }
        if (left == 0) {
            // What follows stays in the device: the channel's counters and the file's agree.
            ctx.channel().config().setAutoRead(false);
            done.complete(null);
        }
    }
}
