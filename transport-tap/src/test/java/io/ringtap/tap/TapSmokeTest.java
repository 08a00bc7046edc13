/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.ringtap.testing.PacketSocket;
import io.ringtap.testing.RequiresTap;
import io.ringtap.testing.TestFrames;
import io.ringtap.testing.TestNamespace;
import org.junit.jupiter.api.Test;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

@RequiresTap
class TapSmokeTest {
    @Test
    void framesPassBothWays() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        BlockingQueue<Long> received = new LinkedBlockingQueue<>();
        try (TestNamespace namespace = TestNamespace.create()) {
            TapChannel tap = (TapChannel) new Bootstrap().group(group).channel(TapChannel.class)
                .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name())
                .option(TapChannelOption.UP, true)
                .handler(new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                        if (TestFrames.isOurs(frame)) {
                            received.add(TestFrames.number(frame));
                        }
                    }
                })
                .bind(new TapAddress("tap%d")).sync().channel();
            assertThat(tap.localAddress()).isEqualTo(new TapAddress("tap0"));
            try (PacketSocket peer = PacketSocket.open(namespace, "tap0")) {
                for (int i = 0; i < 200; i++) {
                    peer.send(TestFrames.frame(i));
                    assertThat(received.poll(5, TimeUnit.SECONDS)).isEqualTo(i);
                }
                for (int i = 0; i < 200; i++) {
                    tap.writeAndFlush(Unpooled.wrappedBuffer(TestFrames.frame(i))).sync();
                    assertThat(peer.receive(5000)).isEqualTo(TestFrames.frame(i));
                }
            }
            assertThat(tap.stats().rxFrames()).isEqualTo(200);
            tap.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
