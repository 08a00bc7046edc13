/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.loop.FrameLoop;
import io.ringtap.vhost.VhostAddress;
import io.ringtap.vhost.VhostChannel;

/**
 * What a {@link VhostChannel} can do without a bridge, for {@code compare/compare_vhost.py}: with two sockets, every
 * batch of one is written to the other; with one, the addresses of every frame are read, and it is released.
 */
final class VhostForwarder {
    private VhostForwarder() {
    }

    /** Takes the kind of event loop and one or two paths of sockets. */
    public static void main(String[] arguments) throws InterruptedException {
        FrameLoop loop = FrameLoop.named(arguments[0]);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, loop.newFactory());
        Peer first = new Peer();
        Peer second = new Peer();
        Bootstrap bootstrap = new Bootstrap().group(group).channel(VhostChannel.class)
            .option(FrameChannelOption.READ_BATCHES, true);
        if (arguments.length == 2) {
            bootstrap.handler(new Reader()).bind(new VhostAddress(arguments[1])).sync().channel().closeFuture().sync();
            return;
        }
        first.channel = bootstrap.handler(second).bind(new VhostAddress(arguments[1])).sync().channel();
        second.channel = bootstrap.clone().handler(first).bind(new VhostAddress(arguments[2])).sync().channel();
        first.channel.closeFuture().sync();
    }

    /** Writes to a channel what the other one brings. */
    private static final class Peer extends ChannelInboundHandlerAdapter {
        private Channel channel;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frames) {
            if (channel != null && channel.isWritable()) {
                channel.writeAndFlush(frames, channel.voidPromise());
            } else {
                ReferenceCountUtil.release(frames);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable refused) {
            // Before the other guest is there.
        }
    }

    private static final class Reader extends ChannelInboundHandlerAdapter {
        /** Written, so that no compiler leaves the reading out. */
        private long seen;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            FrameBatch frames = (FrameBatch) message;
            long all = seen;
            for (int i = 0; i < frames.size(); i++) {
                all ^= frames.getLong(i, 0) ^ frames.getLong(i, 6);
            }
            seen = all;
            frames.release();
        }
    }
}
