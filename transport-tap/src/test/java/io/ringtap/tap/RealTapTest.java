/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Real taps in a namespace of the test. After each test nothing is left, and no descriptor is open. */
@RequiresTap
abstract class RealTapTest {
    private final List<AutoCloseable> resources = new ArrayList<>();
    private final List<Channel> channels = new ArrayList<>();
    private long descriptors;
    EventLoopGroup group;
    TestNamespace namespace;

    @BeforeEach
    final void prepare() throws Exception {
        descriptors = OpenDescriptors.ofTaps();
        group = loop().newGroup(2);
        namespace = closing(TestNamespace.create());
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
        assertThat(OpenDescriptors.settle(descriptors)).as("descriptors left: %s", OpenDescriptors.now())
            .isLessThanOrEqualTo(descriptors);
    }

    /** The kind of event loop. A test that runs on all kinds overrides this. */
    TestLoop loop() {
        return TestLoops.available().filter(loop -> loop.name().equals("epoll")).findFirst().orElseThrow();
    }

    /** Closes this after the test, in reverse order. */
    final <T extends AutoCloseable> T closing(T resource) {
        resources.add(resource);
        return resource;
    }

    /** A bootstrap for a tap that is up in the test's namespace. */
    final Bootstrap bootstrap(ChannelHandler handler) {
        return new Bootstrap().group(group).channel(TapChannel.class).handler(handler)
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name()).option(TapChannelOption.UP, true);
    }

    /** Opens a tap. A value of {@code null} removes an option. */
    final TapChannel open(String name, Map<ChannelOption<?>, Object> options, ChannelHandler handler)
        throws InterruptedException {
        return track(bind(name, options, handler).sync());
    }

    final TapChannel open(String name, Map<ChannelOption<?>, Object> options) throws InterruptedException {
        return open(name, options, new FrameCollector());
    }

    final TapChannel open(String name) throws InterruptedException {
        return open(name, Map.of());
    }

    final TapChannel track(ChannelFuture bound) {
        channels.add(bound.channel());
        return (TapChannel) bound.channel();
    }

    @SuppressWarnings("unchecked")
    final ChannelFuture bind(String name, Map<ChannelOption<?>, Object> options, ChannelHandler handler) {
        Bootstrap bootstrap = bootstrap(handler);
        options.forEach((option, value) -> bootstrap.option((ChannelOption<Object>) option, value));
        return bootstrap.bind(new TapAddress(name));
    }

    /** Returns why a tap cannot be opened, and checks that nothing of the attempt is left. */
    final Throwable failure(String name, Map<ChannelOption<?>, Object> options) throws Exception {
        long before = OpenDescriptors.ofTaps();
        ChannelFuture bound = bind(name, options, new FrameCollector());
        assertThat(bound.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(bound.isSuccess()).as("it opens").isFalse();
        assertThat(bound.channel().closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(OpenDescriptors.settle(before)).as("descriptors after a failure").isLessThanOrEqualTo(before);
        return bound.cause();
    }

    /** A packet socket on the kernel's side of a tap. */
    final PacketSocket packetSocket(String device) throws Exception {
        return closing(PacketSocket.open(namespace, device));
    }

    /** Returns the next test frame of a socket, or {@code null} if there is none within a second. */
    static byte[] receive(PacketSocket socket) throws Exception {
        byte[] frame;
        do {
            frame = socket.receive(1000);
        } while (frame != null && !TestFrames.isOurs(frame));
        return frame;
    }

    /** Writes a frame, and returns why it failed, or {@code null} if it was sent. */
    static Throwable write(TapChannel tap, byte[] frame) throws InterruptedException {
        return write(tap, Unpooled.copiedBuffer(frame));
    }

    static Throwable write(TapChannel tap, ByteBuf frame) throws InterruptedException {
        ChannelFuture written = tap.writeAndFlush(frame);
        assertThat(written.await(10, TimeUnit.SECONDS)).as("the write ends").isTrue();
        return written.cause();
    }
}
