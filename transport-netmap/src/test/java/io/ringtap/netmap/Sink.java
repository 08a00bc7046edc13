/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The frames that a channel has received. */
final class Sink extends ChannelInboundHandlerAdapter {
    private static final byte[] FRAME = {-1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 0, 1, 8, 0, 1, 2, 3, 4, 5, 6};

    final BlockingQueue<ByteBuf> frames = new LinkedBlockingQueue<>();
    final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

    static Bootstrap bootstrap(EventLoopGroup group, Sink sink) {
        return new Bootstrap().group(group).channel(NetmapChannel.class).handler(sink);
    }

    static NetmapChannel open(EventLoopGroup group, Sink sink, String name) throws InterruptedException {
        return (NetmapChannel) bootstrap(group, sink).bind(NetmapAddress.parse(name)).sync().channel();
    }

    /** A broadcast frame. */
    static ByteBuf frame(int length) {
        return Unpooled.buffer(length).writeBytes(FRAME).writeZero(length - FRAME.length);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        frames.add((ByteBuf) msg);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failures.add(cause);
    }

    ByteBuf take() throws InterruptedException {
        ByteBuf frame = frames.poll(20, TimeUnit.SECONDS);
        assertThat(frame).as("a frame within 20 seconds").isNotNull();
        return frame;
    }

    void assertReceives(ByteBuf expected) throws InterruptedException {
        ByteBuf frame = take();
        try {
            assertThat(frame).isEqualTo(expected);
        } finally {
            frame.release();
        }
    }
}
