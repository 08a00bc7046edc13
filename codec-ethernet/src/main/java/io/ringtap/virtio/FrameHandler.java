/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.ringtap.ethernet.FrameBatch;

/**
 * What the handlers of this package do alike: they own the frame they are given, pass on messages that are none,
 * release what they drop, fail the promise of what they refuse, and ask for more when a read brought nothing but drops.
 */
abstract class FrameHandler extends ChannelDuplexHandler {
    private boolean dropped;
    private boolean produced;

    /** Takes over an inbound frame. */
    abstract void frameRead(ChannelHandlerContext ctx, ByteBuf frame);

    /** Takes over an outbound frame and its promise. */
    abstract void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise);

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof ByteBuf) {
            frameRead(ctx, (ByteBuf) msg);
        } else if (msg instanceof FrameBatch batch) {
            batch.readEach(ctx, frame -> frameRead(ctx, frame));
        } else {
            fire(ctx, msg);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof ByteBuf) {
            frameWrite(ctx, (ByteBuf) msg, promise);
        } else if (msg instanceof FrameBatch batch) {
            batch.writeEach(ctx, promise, (frame, one) -> frameWrite(ctx, frame, one));
        } else {
            ctx.write(msg, promise);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean readAgain = dropped && !produced && !ctx.channel().config().isAutoRead();
        dropped = false;
        produced = false;
        ctx.fireChannelReadComplete();
        if (readAgain) {
            // Who asked for a frame has not been given one.
            ctx.read();
        }
    }

    final void fire(ChannelHandlerContext ctx, Object msg) {
        produced = true;
        ctx.fireChannelRead(msg);
    }

    /** Releases an inbound frame; the caller has counted it. */
    final void drop(ByteBuf frame) {
        dropped = true;
        frame.release();
    }

    /** Releases an outbound frame and says why; the caller has counted it. */
    static void refuse(ByteBuf frame, ChannelPromise promise, VirtioNetVerdict verdict) {
        frame.release();
        promise.tryFailure(VirtioNetFrameException.of(verdict));
    }
}
