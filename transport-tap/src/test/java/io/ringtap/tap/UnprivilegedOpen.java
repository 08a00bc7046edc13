/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.ringtap.channel.FramePorts;
import io.ringtap.testkit.OpenDescriptors;

import java.util.concurrent.TimeUnit;

/**
 * A program that {@link TapOpenTest} runs without privileges. It opens ports and prints the result of each in a line,
 * which starts with an angle bracket, as libraries may log other lines.
 */
final class UnprivilegedOpen {
    private UnprivilegedOpen() {
    }

    public static void main(String[] ports) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        for (String port : ports) {
            ChannelFuture bound = FramePorts.parse("tap:" + port).bootstrap(group)
                .handler(new ChannelInboundHandlerAdapter()).bind().await();
            System.out.println("> " + port + ": "
                + (bound.isSuccess() ? bound.channel().localAddress() : bound.cause()));
            bound.channel().close().await();
        }
        System.out.println("> tun descriptors: "
            + OpenDescriptors.now().values().stream().filter("/dev/net/tun"::equals).count());
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }
}
