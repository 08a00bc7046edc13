/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** The bind of a channel whose device is not free yet. */
class BusyDeviceTest {
    private static final DeviceBusyException BUSY = new DeviceBusyException(new IOException("busy"));

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final StandInChannel.Device device = new StandInChannel.Device();
    private final StandInChannel channel = new StandInChannel(device);

    @AfterEach
    void shutDown() throws InterruptedException {
        if (!group.isShutdown()) {
            channel.close().sync();
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private ChannelFuture bindAfter(List<? extends IOException> failures) throws InterruptedException {
        group.register(channel.failing(failures)).sync();
        return channel.bind(device.localAddress());
    }

    private static Throwable cause(ChannelFuture bound) throws InterruptedException {
        assertThat(bound.await(10, TimeUnit.SECONDS)).as("the bind ends").isTrue();
        return bound.cause();
    }

    @Test
    void isTriedAgainUntilTheDeviceIsFree() throws Exception {
        ChannelFuture bound = bindAfter(List.of(BUSY, BUSY));
        assertThat(cause(bound)).isNull();
        assertThat(channel.failuresLeft()).isZero();
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void endsWithAnotherFailure() throws Exception {
        IOException other = new IOException("another failure");
        assertThat(cause(bindAfter(List.of(BUSY, other)))).isSameAs(other);
        assertThat(cause(channel.bind(device.localAddress()))).as("the next bind").isNull();
    }

    @Test
    void endsWhenTheChannelCloses() throws Exception {
        ChannelFuture bound = bindAfter(Collections.nCopies(1000, BUSY));
        channel.close().sync();
        assertThat(cause(bound)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void endsWithTheEventLoop() throws Exception {
        ChannelFuture bound = bindAfter(Collections.nCopies(1000, BUSY));
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertThat(bound.isDone()).isTrue();
        assertThat(bound.cause()).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void isRefusedASecondTimeMeanwhileAndBegunByNobodyWhoHasCancelledIt() throws Exception {
        ChannelFuture bound = bindAfter(Collections.nCopies(1000, BUSY));
        assertThat(cause(channel.bind(device.localAddress()))).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("under way");
        ChannelPromise cancelled = channel.newPromise();
        cancelled.cancel(false);
        channel.eventLoop().submit(() -> channel.unsafe().bind(device.localAddress(), cancelled)).sync();
        channel.close().sync();
        assertThat(cause(bound)).isInstanceOf(ClosedChannelException.class);
    }
}
