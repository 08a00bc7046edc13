/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.channel.FrameChannel;
import io.ringtap.ethernet.FrameBatch;

import java.util.concurrent.TimeUnit;

/**
 * Sends frame after frame: a burst as one batch, and the other channels of the loop get their turn. It waits while the
 * channel is not writable, and until the next burst is due where there is a rate.
 */
final class TxHandler extends PktgenHandler implements Runnable {
    private final PktgenOptions options;
    private final ChannelFutureListener whenWritten = this::written;
    private ChannelHandlerContext ctx;
    private FrameSource frames;
    private Pace pace;
    /** Written by the event loop, read by others. */
    private volatile long sent;
    private boolean waiting;

    TxHandler(PktgenOptions options) {
        this.options = options;
    }

    /** With a count, all of them are to be sent; without, at least one. */
    @Override
    String shortfall(long taken) {
        boolean counted = options.count() != 0 && sent >= options.limit();
        if (taken > 0 && (refused() == null || !counted || taken >= options.count())) {
            return null;
        }
        return taken + " of " + sent + " frames were sent" + (refused() != null ? ": " + refused().getMessage()
            : sent > 0 ? ": the port has no room for more" : "");
    }

    private void written(ChannelFuture written) {
        if (!written.isSuccess()) {
            exceptionCaught(ctx, written.cause());
        }
        finish();
    }

    @Override
    void start(ChannelHandlerContext context) {
        ctx = context;
        frames = new FrameSource(ctx.alloc(), options, ((FrameChannel) ctx.channel()).vnetHeaderLength());
        pace = new Pace(options.rate(), options.burst(), System.nanoTime());
        run();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (frames != null) {
            frames.close();
            frames = null;
        }
    }

    /** Sends a burst. */
    @Override
    public void run() {
        if (frames == null || sent >= options.limit()) {
            return;
        }
        touch();
        long now = System.nanoTime();
        long end = Math.min(options.limit(), sent + pace.due(now));
        if (sent < end && ctx.channel().isWritable()) {
            send((int) (end - sent));
        }
        if (!ctx.channel().isWritable()) {
            waiting = true;
            return;
        }
        long delay = pace.nanosUntilDue(now);
        if (delay <= 0) {
            ctx.executor().execute(this);
        } else {
            ctx.executor().schedule(this, delay, TimeUnit.NANOSECONDS);
        }
    }

    private void send(int count) {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < count; i++) {
            batch.add(frames.next());
            pace.sent();
        }
        sent += count;
        if (sent == options.limit()) {
            ctx.writeAndFlush(batch).addListener(whenWritten);
        } else {
            ctx.writeAndFlush(batch, ctx.voidPromise());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (waiting && ctx.channel().isWritable()) {
            waiting = false;
            ctx.executor().execute(this);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message);
    }
}
