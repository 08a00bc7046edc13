/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.examples.DemoHost;
import io.ringtap.loop.FrameLoop;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import io.ringtap.tap.TapChannelOption;

/** Opens and closes a tap again and again. Memory that an open leaves to the garbage collector would add up. */
final class OpenAndClose {
    private OpenAndClose() {
    }

    /** Takes the name of an event loop and a number of cycles. Exits with 1 if one fails. */
    public static void main(String[] arguments) throws Exception {
        int cycles = Integer.parseInt(arguments[1]);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.named(arguments[0]).newFactory());
        long begin = System.nanoTime();
        try (DemoHost host = new DemoHost("cycles")) {
            Bootstrap bootstrap = new Bootstrap().group(group).channel(TapChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // It reads frames and releases them.
                    }
                })
                .option(TapChannelOption.NETWORK_NAMESPACE, host.namespace());
            for (int cycle = 1; cycle <= cycles; cycle++) {
                ChannelFuture bound = bootstrap.bind(new TapAddress("cycle0")).await();
                if (!bound.isSuccess()) {
                    System.out.println("  opening " + cycle + " failed: " + bound.cause());
                    System.exit(1);
                }
                bound.channel().close().sync();
            }
        }
        System.out.printf("  %d cycles, %.2f ms each; %s%n", cycles, (System.nanoTime() - begin) / 1e6 / cycles,
            DirectMemory.now());
        System.exit(0);
    }
}
