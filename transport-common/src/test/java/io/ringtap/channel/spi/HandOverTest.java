/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.ethernet.RateLimiter;
import io.ringtap.ethernet.RateSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Channels that are on their way from one event loop to another, of devices that the first one holds. */
class HandOverTest {
    /** With 200 ms for each of them, an event loop would take 40 s to end. */
    private static final int CHANNELS = 200;

    private final EventLoopGroup first = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoopGroup second = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    /** What is to be run when the first event loop lets go of a device. */
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

    @AfterEach
    void shutDown() throws InterruptedException {
        first.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        second.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void anEventLoopThatEndsWaitsOnceForAllChannelsThatWereToArrive() throws Exception {
        List<StandInChannel> channels = new ArrayList<>();
        List<ChannelFuture> registrations = new ArrayList<>();
        for (int i = 0; i < CHANNELS; i++) {
            StandInChannel.Device device = new StandInChannel.Device().releasedBy(held::add);
            StandInChannel channel = new StandInChannel(device);
            new Bootstrap().group(first).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
                .bind(device.localAddress()).sync();
            channel.deregister().sync();
            channels.add(channel);
            registrations.add(second.register(channel));
        }
        second.submit(() -> { }).sync();
        assertThat(registrations).as("none can arrive yet").noneMatch(ChannelFuture::isDone);

        boolean ended = second.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(20, TimeUnit.SECONDS);
        assertThat(ended).as("the event loop has ended").isTrue();
        for (ChannelFuture registration : registrations) {
            assertThat(registration.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(registration.cause()).isInstanceOf(RejectedExecutionException.class);
        }
        held.forEach(Runnable::run);
        for (StandInChannel channel : channels) {
            assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).as("closed").isTrue();
            assertThat(channel.device()).as("the device").isNull();
        }
    }

    /** The timer of the event loop that was left never comes. */
    @Test
    void aFrameThatWaitsInARateLimiterMovesWithItsChannel() throws Exception {
        StandInChannel.Device device = new StandInChannel.Device();
        StandInChannel channel = new StandInChannel(device);
        new Bootstrap().group(first).channelFactory(() -> channel).handler(new RateLimiter(RateSpec.parse("1pps")))
            .bind(device.localAddress()).sync();
        channel.writeAndFlush(Unpooled.buffer().writeZero(60)).sync();
        ChannelFuture waiting = channel.writeAndFlush(Unpooled.buffer().writeZero(60));
        channel.deregister().sync();
        second.register(channel).sync();
        first.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertThat(waiting.await(20, TimeUnit.SECONDS)).as("the frame is written").isTrue();
        assertThat(waiting.cause()).isNull();
        assertThat(device.written).hasSize(2);
        channel.close().sync();
    }
}
