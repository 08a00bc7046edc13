/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.util.Set;

/**
 * A handler that may delay frames, with a queue for each direction. The frames in its queues are passed on when it is
 * removed from an active channel, and released when the channel becomes inactive.
 */
abstract class DelayQueueHandler extends FrameHandler {
    private final Set<FrameDirection> directions;
    private DelayQueue inbound;
    private DelayQueue outbound;

    DelayQueueHandler(Set<FrameDirection> directions) {
        super(directions);
        this.directions = directions;
    }

    abstract DelayQueue newQueue(ChannelHandlerContext ctx, FrameDirection direction);

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        if (directions.contains(FrameDirection.INBOUND)) {
            inbound = newQueue(ctx, FrameDirection.INBOUND);
        }
        if (directions.contains(FrameDirection.OUTBOUND)) {
            outbound = newQueue(ctx, FrameDirection.OUTBOUND);
        }
    }

    @Override
    protected final void frameRead(ChannelHandlerContext ctx, ByteBuf frame) {
        inbound.accept(frame, null);
    }

    @Override
    protected final void frameWrite(ChannelHandlerContext ctx, ByteBuf frame, ChannelPromise promise) {
        outbound.accept(frame, promise);
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) throws Exception {
        discardAll();
        ctx.fireChannelInactive();
    }

    @Override
    public final void channelUnregistered(ChannelHandlerContext ctx) throws Exception {
        if (inbound != null) {
            inbound.unregistered();
        }
        if (outbound != null) {
            outbound.unregistered();
        }
        ctx.fireChannelUnregistered();
    }

    @Override
    public final void channelRegistered(ChannelHandlerContext ctx) throws Exception {
        if (inbound != null) {
            inbound.registered();
        }
        if (outbound != null) {
            outbound.registered();
        }
        ctx.fireChannelRegistered();
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
