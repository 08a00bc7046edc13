/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;

import java.util.ArrayDeque;

/**
 * Takes each inbound {@link FrameBatch} apart, so that the handlers behind this one get single frames, as they would
 * without batches: a {@code SimpleChannelInboundHandler<ByteBuf>} works then. Handlers in front of it still have whole
 * batches. What is written passes untouched.
 *
 * <p>A {@code read()} asks for one frame where {@code autoRead} is off. If {@code autoRead} is turned off in the middle
 * of a batch, the rest waits here, and whatever arrives behind it. Each {@code read()} then brings one frame in a read
 * round of its own, on the event loop but never from within {@code read()}; turning {@code autoRead} on brings all of
 * them. Once nothing waits, {@code read()} goes to the channel again. Frames keep their order.
 *
 * <p>What waits passes on when this handler is removed, and is released when the channel becomes inactive. An instance
 * serves one channel.
 */
public final class UnbatchingHandler extends ChannelDuplexHandler {
    /** Batches of which something is left, and messages that arrived behind them. */
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private final Runnable roundTask = this::round;
    private ChannelHandlerContext ctx;
    private boolean delivering;
    /** Whether a {@code read()} was kept from the channel, as a frame waits here. */
    private boolean requested;
    private boolean scheduled;
    private boolean removed;

    /** Makes a handler for one channel. */
    public UnbatchingHandler() {
        ensureNotSharable();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        this.ctx = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        boolean first = waiting.isEmpty();
        if (first && !(msg instanceof FrameBatch)) {
            ctx.fireChannelRead(msg);
            return;
        }
        waiting.add(msg);
        if (!delivering && (first || isAutoRead())) {
            deliver();
        }
    }

    private boolean isAutoRead() {
        return ctx.channel().config().isAutoRead();
    }

    /** Passes on one frame, and the others for as long as they are wanted. */
    private void deliver() {
        delivering = true;
        try {
            do {
                requested = false;
                Object next = next();
                if (next != null) {
                    ctx.fireChannelRead(next);
                }
            } while (!waiting.isEmpty() && (removed || isAutoRead() && ctx.channel().isActive()));
        } finally {
            delivering = false;
        }
        if (requested) {
            schedule();
        }
    }

    /** Takes what waits first; {@code null} if a frame cannot be had, which the exception tells. */
    private Object next() {
        if (!(waiting.peek() instanceof FrameBatch batch)) {
            return waiting.poll();
        }
        Object frame;
        try {
            frame = batch.poll();
        } catch (Throwable cause) {
            waiting.poll();
            batch.release();
            ctx.fireExceptionCaught(cause);
            return null;
        }
        if (batch.isEmpty()) {
            // Before its last frame is passed on: a read() from there is for the channel.
            waiting.poll();
            batch.release();
        }
        return frame;
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (waiting.isEmpty()) {
            ctx.read();
            return;
        }
        requested = true;
        if (!delivering) {
            schedule();
        }
    }

    private void schedule() {
        if (!scheduled && ctx.channel().isRegistered()) {
            ctx.executor().execute(roundTask);
            scheduled = true;
        }
    }

    private void round() {
        // Not on an event loop that the channel has left.
        if (!scheduled || !ctx.executor().inEventLoop()) {
            return;
        }
        scheduled = false;
        if (delivering || waiting.isEmpty() || !requested && !isAutoRead()) {
            return;
        }
        deliver();
        endRound();
    }

    private void endRound() {
        ctx.fireChannelReadComplete();
        if (waiting.isEmpty() && isAutoRead()) {
            // The read() that turning autoRead on had asked for.
            ctx.read();
        }
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
        if (!waiting.isEmpty() && (requested || isAutoRead())) {
            schedule();
        }
        ctx.fireChannelRegistered();
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
        scheduled = false;
        ctx.fireChannelUnregistered();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        releaseAll();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        removed = true;
        if (delivering || waiting.isEmpty()) {
            return;
        }
        if (ctx.channel().isActive()) {
            deliver();
            endRound();
        } else {
            releaseAll();
        }
    }

    private void releaseAll() {
        for (Object left; (left = waiting.poll()) != null;) {
            ReferenceCountUtil.release(left);
        }
    }
}
