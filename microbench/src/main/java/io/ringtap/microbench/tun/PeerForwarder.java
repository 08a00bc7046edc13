/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.tun;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Writes the packets that one channel reads to another channel, with one flush for each read round. Stops reading while
 * the other channel is full.
 */
final class PeerForwarder extends ChannelInboundHandlerAdapter {
    private Channel peer;

    /** Joins two channels that were opened with autoRead off, and starts reading. */
    static void join(Channel a, Channel b) {
        a.pipeline().get(PeerForwarder.class).peer = b;
        b.pipeline().get(PeerForwarder.class).peer = a;
        a.config().setAutoRead(true);
        b.config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        peer.write(message, peer.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        peer.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        peer.config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A packet that an interface refuses, as it is not up yet, is lost, as in any network.
    }
}
