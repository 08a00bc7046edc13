/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.io.IOException;
import java.util.function.Consumer;

/** Waits until a channel is bound that somebody else opens, and has its port join then. */
final class JoinWhenActive extends ChannelInboundHandlerAdapter {
    private final Runnable join;
    private final Consumer<Throwable> fail;
    private boolean told;

    /** Of what to do, one of the two, once and on the event loop. */
    JoinWhenActive(Runnable join, Consumer<Throwable> fail) {
        this.join = join;
        this.fail = fail;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            join(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        join(ctx);
    }

    private void join(ChannelHandlerContext ctx) {
        if (!told) {
            told = true;
            join.run();
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (!told) {
            told = true;
            fail.accept(new IOException("the channel " + ctx.channel() + " was closed before it was bound"));
        }
    }
}
