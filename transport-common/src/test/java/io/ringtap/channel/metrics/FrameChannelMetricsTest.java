/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.metrics;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.spi.StandInChannel;
import io.ringtap.ethernet.DropReason;
import io.ringtap.loop.FrameLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class FrameChannelMetricsTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.POLL.newFactory());
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** A device whose drops by the system a test sets. */
    private static final class Counting extends StandInChannel.Device {
        private volatile DeviceDrops drops = new DeviceDrops(-1, 3);

        @Override
        public DeviceDrops drops() {
            return drops;
        }
    }

    private double count(String name, String... tags) {
        return registry.get("ringtap.channel." + name).tags(tags).functionCounter().count();
    }

    @Test
    void metersAreTheCountersOfTheChannel() throws Exception {
        Counting device = new Counting();
        StandInChannel channel = new StandInChannel(device);
        group.register(channel).sync();
        channel.bind(new InetSocketAddress(1)).sync();
        new FrameChannelMetrics(channel, Tags.of("port", "a")).bindTo(registry);
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[60])).sync();
        channel.stats().countTxDrop(DropReason.CONGESTED);

        assertThat(count("frames", "port", "a", "direction", "tx")).isOne();
        assertThat(count("bytes", "direction", "tx")).isEqualTo(60);
        assertThat(count("frames", "direction", "rx")).isZero();
        assertThat(count("dropped.frames", "direction", "tx", "reason", "congested")).isOne();
        assertThat(count("dropped.frames", "direction", "rx", "reason", "congested")).isZero();
        assertThat(count("kernel.dropped.frames", "direction", "tx")).isEqualTo(3);
        assertThat(registry.find("ringtap.channel.kernel.dropped.frames").tag("direction", "rx").meter())
            .as("a counter that the device does not have").isNull();
        assertThat(registry.get("ringtap.channel.queue").gauge().value()).isZero();

        device.drops = new DeviceDrops(-1, 4);
        assertThat(count("kernel.dropped.frames", "direction", "tx")).isEqualTo(4);
        channel.close().sync();
        assertThat(count("kernel.dropped.frames", "direction", "tx")).as("after the end of the device").isEqualTo(4);
        assertThat(registry.get("ringtap.channel.queue").gauge().value()).isZero();
    }
}
