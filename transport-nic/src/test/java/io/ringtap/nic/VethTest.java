/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Two joined interfaces, va and vb, in a namespace of the test's own; after each test no descriptor is left. */
@RequiresTap
abstract class VethTest {
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<Channel> channels = new ArrayList<>();
    private int descriptors;
    EventLoopGroup group;
    TestNamespace namespace;

    @BeforeEach
    final void prepare() throws Exception {
        TestLoop epoll = TestLoops.available().filter(loop -> loop.name().equals("epoll")).findFirst().orElseThrow();
        group = epoll.newGroup(2);
        // The descriptors of the event loops are made with the first channel.
        group.next().submit(() -> { }).sync();
        descriptors = sockets();
        namespace = closing(TestNamespace.create());
        namespace.ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
        namespace.ip("link", "set", "va", "up");
        namespace.ip("link", "set", "vb", "up");
    }

    @AfterEach
    final void cleanUp() throws Exception {
        for (Channel channel : channels) {
            channel.close().await(10, TimeUnit.SECONDS);
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        for (int i = resources.size() - 1; i >= 0; i--) {
            resources.get(i).close();
        }
        assertThat(sockets()).as("sockets left: %s", OpenDescriptors.now()).isLessThanOrEqualTo(descriptors);
    }

    private static int sockets() {
        return (int) OpenDescriptors.now().values().stream().filter(file -> file.startsWith("socket:")).count();
    }

    /** Closes it after the test, in the reverse order. */
    final <T extends AutoCloseable> T closing(T resource) {
        resources.add(resource);
        return resource;
    }

    @SuppressWarnings("unchecked")
    final Bootstrap bootstrap(Map<ChannelOption<?>, Object> options, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap().group(group).channel(PacketChannel.class).handler(handler)
            .option(PacketChannelOption.NETWORK_NAMESPACE, namespace.name());
        options.forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
        return bootstrap;
    }

    /** Opens va. */
    final PacketChannel open(Map<ChannelOption<?>, Object> options, ChannelHandler handler) throws Exception {
        return track(bootstrap(options, handler).bind(new PacketAddress("va")).sync().channel());
    }

    /** Closes it after the test. */
    final PacketChannel track(Channel channel) {
        channels.add(channel);
        return (PacketChannel) channel;
    }

    final PacketSocket packetSocket(String device) throws Exception {
        return closing(PacketSocket.open(namespace, device));
    }

    /** Writes a frame and returns why it failed, {@code null} if it did not. */
    static Throwable write(Channel channel, byte[] frame) throws InterruptedException {
        ChannelFuture written = channel.writeAndFlush(Unpooled.copiedBuffer(frame));
        assertThat(written.await(10, TimeUnit.SECONDS)).as("the write ends").isTrue();
        return written.cause();
    }
}
