/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.util.Set;

/**
 * A handler that may keep frames for a while, each direction apart from the other. What it keeps passes on when it is
 * removed from an active channel, and is released when the channel becomes inactive.
 */
abstract class DelayQueueHandler extends ChannelDuplexHandler {
    private final Set<FrameDirection> directions;
    private DelayQueue inbound;
    private DelayQueue outbound;

    DelayQueueHandler(Set<FrameDirection> directions) {
        this.directions = directions;
    }

    abstract DelayQueue newLane(ChannelHandlerContext ctx, FrameDirection direction);

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        if (directions.contains(FrameDirection.INBOUND)) {
            inbound = newLane(ctx, FrameDirection.INBOUND);
        }
        if (directions.contains(FrameDirection.OUTBOUND)) {
            outbound = newLane(ctx, FrameDirection.OUTBOUND);
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (inbound != null && msg instanceof ByteBuf frame) {
            inbound.accept(frame, null);
        } else if (inbound != null && msg instanceof FrameBatch batch) {
            batch.readEach(ctx, frame -> inbound.accept(frame, null));
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public final void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) throws Exception {
        if (outbound != null && msg instanceof ByteBuf frame) {
            outbound.accept(frame, promise);
        } else if (outbound != null && msg instanceof FrameBatch batch) {
            batch.writeEach(ctx, promise, outbound::accept);
        } else {
            ctx.write(msg, promise);
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) throws Exception {
        discardAll();
        ctx.fireChannelInactive();
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext ctx) throws Exception {
        if (!ctx.channel().isActive()) {
            discardAll();
            return;
        }
        if (inbound != null) {
            inbound.passAll();
        }
        if (outbound != null) {
            outbound.passAll();
        }
    }

    private void discardAll() {
        if (inbound != null) {
            inbound.discardAll();
        }
        if (outbound != null) {
            outbound.discardAll();
        }
    }
}
