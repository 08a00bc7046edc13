/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package org.example;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.Tap;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Sends a frame from one port to the other and, where it may make a tap, hears what the kernel says on that. */
public final class Check {
    private Check() {
    }

    /**
     * Runs the check.
     *
     * @param args {@code tap} if a tap has to work
     */
    public static void main(String[] args) throws Exception {
        FrameLoop loop = FrameLoop.preferred();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, loop.newFactory());
        try {
            CompletableFuture<String> heard = new CompletableFuture<>();
            Channel from = open(group, "vale0:a,driver=embedded", new ChannelInboundHandlerAdapter());
            Channel to = open(group, "vale0:b,driver=embedded", hearing(heard));
            ByteBuf frame = Unpooled.directBuffer(60).writeZero(60).setByte(6, 2).setShort(12, 0x88b5);
            from.writeAndFlush(frame).sync();
            System.out.println("netmap: " + heard.get(10, TimeUnit.SECONDS));
            from.close().sync();
            to.close().sync();
            if (args.length > 0 || Tap.isAvailable()) {
                CompletableFuture<String> said = new CompletableFuture<>();
                // With its IPv6 address, the interface has something to say as soon as it is up.
                Channel tap = open(group, "tap:check%d,up=on", hearing(said));
                System.out.println(tap.localAddress() + ": " + said.get(10, TimeUnit.SECONDS));
                tap.close().sync();
            } else {
                System.out.println("no tap here: " + Tap.unavailabilityCause().getMessage());
            }
            System.out.println(Check.class.getModule() + " works on " + loop + " with "
                + FrameChannel.class.getModule());
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private static Channel open(EventLoopGroup group, String port, ChannelHandler handler) throws InterruptedException {
        Bootstrap bootstrap = FramePorts.parse(port).bootstrap(group).handler(handler);
        return bootstrap.bind().sync().channel();
    }

    private static ChannelHandler hearing(CompletableFuture<String> heard) {
        return new SimpleChannelInboundHandler<ByteBuf>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                heard.complete(new EthernetFrame().wrap(frame).toString());
            }
        };
    }
}
