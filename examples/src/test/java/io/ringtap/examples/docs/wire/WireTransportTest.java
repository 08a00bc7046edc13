/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.ethernet.FrameRefusedException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The two ends of a wire as an application opens them, on a loop on which no descriptor can wait. */
class WireTransportTest {
    private final WireTransport transport = new WireTransport();

    @Test
    void framesPassBothWays() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        try {
            BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
            Channel echo = open(group, "wire:lab/a", new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object frame) {
                    ctx.writeAndFlush(frame);
                }
            });
            Channel sender = open(group, "wire:lab/b", new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                    received.add(ByteBufUtil.getBytes(frame));
                }
            });
            byte[] frame = new byte[60];
            frame[59] = 7;
            sender.writeAndFlush(Unpooled.wrappedBuffer(frame)).sync();
            assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(frame);
            assertThat(sender.writeAndFlush(Unpooled.wrappedBuffer(new byte[13])).await().cause())
                .isInstanceOf(FrameRefusedException.class).hasMessageContaining("wire:lab/b");
            assertThatThrownBy(() -> open(group, "wire:lab/a", new ChannelInboundHandlerAdapter()))
                .hasMessageContaining("open already");
            sender.close().sync();
            echo.close().sync();
        } finally {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    private Channel open(EventLoopGroup group, String name, ChannelInboundHandlerAdapter handler) throws Exception {
        return new Bootstrap().group(group).channelFactory(transport::newChannel).handler(handler)
            .bind(transport.address(name)).sync().channel();
    }

    @Test
    void namesAreReadBack() {
        assertThat(transport.claims("wire:lab/a")).isTrue();
        assertThat(transport.claims("tap:lab")).isFalse();
        assertThat(transport.address(transport.address("wire:lab/b").toString()))
            .isEqualTo(transport.address("wire:lab/b")).isNotEqualTo(transport.address("wire:lab/a"));
        assertThatThrownBy(() -> transport.address("wire:lab/c")).hasMessageContaining("wire:NAME/a");
    }
}
