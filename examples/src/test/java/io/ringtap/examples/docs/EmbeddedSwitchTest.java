/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.bridge.BridgePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The example of an embedded bridge, between hosts on switches of the embedded netmap. */
class EmbeddedSwitchTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<Channel> hosts = new ArrayList<>();
    private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        for (Channel host : hosts) {
            host.close().sync();
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    /** A host at the far end of a port. The queue gets the frames that it receives. */
    private Channel host(String name, BlockingQueue<byte[]> heard) throws Exception {
        Channel host = FramePorts.parse(name + ":host,driver=embedded").bootstrap(group)
            .handler(new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
                    heard.add(ByteBufUtil.getBytes(frame));
                }
            }).bind().sync().channel();
        hosts.add(host);
        return host;
    }

    private static String port(String name) {
        return name + ":switch,driver=embedded";
    }

    @Test
    void portsAreJoinedAndComeAndGo() throws Exception {
        BlockingQueue<byte[]> second = new LinkedBlockingQueue<>();
        BlockingQueue<byte[]> third = new LinkedBlockingQueue<>();
        Channel first = host("valedocs1", new LinkedBlockingQueue<>());
        host("valedocs2", second);
        host("valedocs3", third);
        try (EmbeddedSwitch embedded =
                 new EmbeddedSwitch(group, List.of(port("valedocs1"), port("valedocs2")), log::add)) {
            assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("valedocs1:switch").endsWith("has joined");
            assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("valedocs2:switch").endsWith("has joined");
            first.writeAndFlush(Unpooled.wrappedBuffer(TestFrames.frame(1))).sync();
            assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo(TestFrames.frame(1));

            BridgePort added = embedded.add(port("valedocs3"));
            assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("valedocs3:switch").endsWith("has joined");
            first.writeAndFlush(Unpooled.wrappedBuffer(TestFrames.frame(2))).sync();
            assertThat(third.poll(10, TimeUnit.SECONDS)).isEqualTo(TestFrames.frame(2));
            assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo(TestFrames.frame(2));

            embedded.remove(added);
            assertThat(log.poll(10, TimeUnit.SECONDS)).startsWith("valedocs3:switch").endsWith("has left");
            first.writeAndFlush(Unpooled.wrappedBuffer(TestFrames.frame(3))).sync();
            assertThat(second.poll(10, TimeUnit.SECONDS)).isEqualTo(TestFrames.frame(3));
            assertThat(third).isEmpty();
            await("three frames to the second host", () -> embedded.framesSent() == 3);
        }
    }
}
