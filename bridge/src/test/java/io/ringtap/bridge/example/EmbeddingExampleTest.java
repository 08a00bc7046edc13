/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge.example;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.PortState;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The example of the documentation works. */
class EmbeddingExampleTest {
    @Test
    @Timeout(60)
    void framesPassBetweenPortsThatArePluggedIn() throws Exception {
        EventLoopGroup hosts = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        FrameCollector received = new FrameCollector();
        try (Segment segment = new Segment()) {
            segment.open();
            BridgePort left = segment.plug("vale7:p{1,driver=embedded", MacAddress.parse("02:00:00:00:00:0a"));
            BridgePort right = segment.plug("vale7:p{2,driver=embedded", MacAddress.parse("02:00:00:00:00:0b"));
            Channel sender = FramePorts.parse("vale7:p}1,driver=embedded").bootstrap(hosts)
                .handler(new ChannelInboundHandlerAdapter()).bind().sync().channel();
            Channel receiver = FramePorts.parse("vale7:p}2,driver=embedded").bootstrap(hosts).handler(received).bind()
                .sync().channel();
            sender.writeAndFlush(Unpooled.wrappedBuffer(TestFrames.frame(1))).sync();
            assertThat(received.next()).isEqualTo(TestFrames.frame(1));
            segment.unplug(right);
            assertThat(right.state()).isEqualTo(PortState.GONE);
            assertThat(left.state()).isEqualTo(PortState.UP);
            sender.close().sync();
            receiver.close().sync();
        } finally {
            hosts.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }
}
