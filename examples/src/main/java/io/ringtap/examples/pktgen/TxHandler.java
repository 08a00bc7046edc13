/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.examples.UdpFrame;

import java.util.concurrent.TimeUnit;

/**
 * Sends the same frame again and again: a burst as one batch, and the other channels of the loop get their turn. It
 * waits while the channel is not writable, and until the next burst is due where there is a rate.
 */
final class TxHandler extends PktgenHandler implements Runnable {
    private final PktgenOptions options;
    private final ChannelFutureListener whenWritten = this::written;
    private ChannelHandlerContext ctx;
    private ByteBuf template;
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
        if (refused() == null || (counted ? taken >= options.count() : taken > 0)) {
            return null;
        }
        return taken + " of " + sent + " frames were sent: " + refused().getMessage();
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
        int payload = options.length() - UdpFrame.PAYLOAD;
        template = ctx.alloc().directBuffer(options.length());
        UdpFrame.writeHeaders(template, options.from(), options.to(), payload);
        template.writeZero(payload);
        UdpFrame.seal(template);
        pace = new Pace(options.rate(), options.burst(), System.nanoTime());
        run();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (template != null) {
            template.release();
            template = null;
        }
    }

    /** Sends a burst. */
    @Override
    public void run() {
        if (template == null || sent >= options.limit()) {
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

    private void send(int frames) {
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < frames; i++) {
            // The same buffer: a write leaves its indices alone.
            batch.add(template.retain());
            pace.sent();
        }
        sent += frames;
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
