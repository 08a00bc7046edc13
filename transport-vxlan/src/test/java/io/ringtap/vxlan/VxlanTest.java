/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** A virtual cable between two namespaces, and tunnels through it. */
@RequiresTap
abstract class VxlanTest {
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<Channel> channels = new ArrayList<>();
    EventLoopGroup group;
    Underlay underlay;

    @BeforeEach
    final void prepare() throws Exception {
        group = TestLoops.available().filter(loop -> loop.name().equals("epoll")).findFirst().orElseThrow()
            .newGroup(1);
        underlay = closing(Underlay.create(1500));
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
    }

    /** Closes it after the test, in the reverse order. */
    final <T extends AutoCloseable> T closing(T resource) {
        resources.add(resource);
        return resource;
    }

    static Map<ChannelOption<?>, Object> options(Object... pairs) {
        Map<ChannelOption<?>, Object> options = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            options.put((ChannelOption<?>) pairs[i], pairs[i + 1]);
        }
        return options;
    }

    /** Begins to open the near end. */
    @SuppressWarnings("unchecked")
    final ChannelFuture bind(String local, Map<ChannelOption<?>, Object> options, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap().group(group).channel(VxlanChannel.class).handler(handler)
            .option(VxlanChannelOption.NETWORK_NAMESPACE, underlay.near.name());
        options.forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
        return bootstrap.bind(new VxlanAddress(VxlanTestbed.VNI, Underlay.address(local)));
    }

    final VxlanChannel open(String local, Map<ChannelOption<?>, Object> options, ChannelHandler handler)
        throws Exception {
        VxlanChannel channel = (VxlanChannel) bind(local, options, handler).sync().channel();
        channels.add(channel);
        return channel;
    }

    final FarSocket farSocket(String address) throws Exception {
        return closing(FarSocket.open(underlay, address,
            address.indexOf(':') < 0 ? "192.0.2.1" : "2001:db8::1"));
    }

    /** Writes a frame and returns why it failed, {@code null} if it did not. */
    static Throwable write(Channel channel, byte[] frame) throws InterruptedException {
        ChannelFuture written = channel.writeAndFlush(Unpooled.copiedBuffer(frame));
        assertThat(written.await(10, TimeUnit.SECONDS)).as("the write ends").isTrue();
        return written.cause();
    }
}
