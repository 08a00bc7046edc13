/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens one tap with several queues, each a {@link TapChannel} on the next event loop of the bootstrap's group. The
 * kernel keeps the frames of a flow on one queue: the one that last wrote frames of that flow. Each channel may write
 * any frame.
 */
public final class TapQueues {
    /** What the tun driver has at most: MAX_TAP_QUEUES of {@code drivers/net/tun.c}. */
    public static final int MAX_QUEUES = 256;

    private TapQueues() {
    }

    /**
     * Opens all queues, or none.
     *
     * @param bootstrap with group, options and handler; its channel type is set here
     * @param address the device; where the kernel picks the number, it picks one for all
     * @param queues how many channels, 1 to {@link #MAX_QUEUES}
     * @return the channels, once all are open; or the first failure, once those that were open are closed
     */
    public static Future<List<TapChannel>> bind(Bootstrap bootstrap, TapAddress address, int queues) {
        if (queues < 1 || queues > MAX_QUEUES) {
            throw new IllegalArgumentException(queues + " queues: a tap has 1 to " + MAX_QUEUES);
        }
        Bootstrap one = bootstrap.clone().channel(TapChannel.class).option(TapChannelOption.MULTI_QUEUE, true);
        Promise<List<TapChannel>> all = ImmediateEventExecutor.INSTANCE.newPromise();
        new Opening(one, queues, all).open(address);
        return all;
    }

    /** Opens one queue after the other: each further one needs the name that the first one got. */
    private static final class Opening {
        private final List<TapChannel> channels = new ArrayList<>();
        private final Bootstrap bootstrap;
        private final int queues;
        private final Promise<List<TapChannel>> all;

        Opening(Bootstrap bootstrap, int queues, Promise<List<TapChannel>> all) {
            this.bootstrap = bootstrap;
            this.queues = queues;
            this.all = all;
        }

        void open(TapAddress address) {
            bootstrap.bind(address).addListener((ChannelFuture bound) -> {
                if (!bound.isSuccess()) {
                    closeAll(bound.cause());
                    return;
                }
                TapChannel channel = (TapChannel) bound.channel();
                channels.add(channel);
                TapAddress opened = channel.localAddress();
                if (opened == null) {
                    closeAll(new ClosedChannelException());
                } else if (channels.size() == queues) {
                    all.setSuccess(List.copyOf(channels));
                } else {
                    // Only the first asks for a device that does not exist yet.
                    bootstrap.option(TapChannelOption.EXCLUSIVE, false);
                    open(opened);
                }
            });
        }

        private void closeAll(Throwable cause) {
            if (channels.isEmpty()) {
                all.setFailure(cause);
            } else {
                channels.remove(channels.size() - 1).close().addListener(closed -> closeAll(cause));
            }
        }
    }
}
