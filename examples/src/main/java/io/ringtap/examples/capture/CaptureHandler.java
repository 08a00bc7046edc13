/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.examples.libpcap.PacketFilter;
import io.ringtap.pcap.PcapInterface;

import java.util.concurrent.CompletableFuture;

/**
 * Files what arrives and matches a filter, until there are as many frames as asked for, and releases it. On its
 * channel's event loop, but for {@link #done()}, {@link #unmatched()} and the interface's counters.
 */
final class CaptureHandler extends ChannelInboundHandlerAdapter {
    private final PcapInterface capture;
    private final int vnetHeaderLength;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final PacketFilter filter;
    private long left;
    /** Written by the event loop. */
    private volatile long unmatched;

    /**
     * A capture.
     *
     * @param vnetHeaderLength bytes in front of every frame that are left out of the file
     * @param count how many frames, or {@code Long.MAX_VALUE} for all
     * @param filter which frames, or null for all; closed when this handler is removed from its pipeline
     */
    CaptureHandler(PcapInterface capture, int vnetHeaderLength, long count, PacketFilter filter) {
        this.capture = capture;
        this.vnetHeaderLength = vnetHeaderLength;
        this.filter = filter;
        left = count;
    }

    /** Done when there are as many frames as asked for. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** How many frames came before the end and did not match. */
    long unmatched() {
        return unmatched;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            if (left > 0 && matches(frame)
                && capture.write(ctx.alloc(), frame, vnetHeaderLength, FrameDirection.INBOUND)) {
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

    private boolean matches(ByteBuf frame) {
        if (filter == null || filter.matches(frame, frame.readerIndex() + vnetHeaderLength)) {
            return true;
        }
        unmatched++;
        return false;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (filter != null) {
            filter.close();
        }
    }
}
