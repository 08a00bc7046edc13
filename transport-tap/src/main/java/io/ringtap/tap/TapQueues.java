/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Opens one tap with several queues, each a {@link TapChannel} on the next event loop of the bootstrap's group. The
 * kernel keeps the frames of a flow on one queue: the one that last wrote frames of that flow. Each channel may write
 * any frame.
 */
public final class TapQueues {
    /** The most queues that the tun driver supports: MAX_TAP_QUEUES of {@code drivers/net/tun.c}. */
    public static final int MAX_QUEUES = 256;

    private TapQueues() {
    }

    /**
     * Opens all queues, or none.
     *
     * @param bootstrap with group, options and handler, and {@link TapChannel} as its channel type or none
     * @param address the device; if the kernel picks the number, it picks one number for all queues
     * @param queues how many channels, 1 to {@link #MAX_QUEUES}
     * @return the channels, once all are open; or the first failure, once those that were open are closed
     */
    public static Future<List<TapChannel>> bind(Bootstrap bootstrap, TapAddress address, int queues) {
        return bind(bootstrap, address, Collections.nCopies(Math.max(0, queues), bootstrap.config().group()));
    }

    /**
     * Opens one queue for each event loop that is given, or none at all. If two taps are opened on the same loops in
     * the same order, a program can connect them queue by queue, the first with the first and so on: the frames of a
     * flow then stay on one event loop in both directions.
     *
     * @param bootstrap with options and handler, and {@link TapChannel} as its channel type or none
     * @param address the device; if the kernel picks the number, it picks one number for all queues
     * @param loops the event loop of each queue, 1 to {@link #MAX_QUEUES}; a loop may be listed more than once
     * @return the channels, once all are open; or the first failure, once those that were open are closed
     */
    public static Future<List<TapChannel>> bind(Bootstrap bootstrap, TapAddress address,
                                                List<? extends EventLoopGroup> loops) {
        if (loops.isEmpty() || loops.size() > MAX_QUEUES) {
            throw new IllegalArgumentException(loops.size() + " queues: a tap has 1 to " + MAX_QUEUES);
        }
        Promise<List<TapChannel>> all = ImmediateEventExecutor.INSTANCE.newPromise();
        // A copy, as the caller may change the bootstrap before the last queue is open.
        new Opening(bootstrap.clone(), List.copyOf(loops), all).open(address);
        return all;
    }

    /** Opens one queue after the other, as each further queue needs the name that the first one got. */
    private static final class Opening {
        private final List<TapChannel> channels = new ArrayList<>();
        private final Bootstrap bootstrap;
        private final List<EventLoopGroup> loops;
        private final Promise<List<TapChannel>> all;
        /** To be set when all queues are open, so that a failure leaves no new device; {@code null} to leave it. */
        private final Boolean persist;

        Opening(Bootstrap bootstrap, List<EventLoopGroup> loops, Promise<List<TapChannel>> all) {
            persist = (Boolean) bootstrap.config().options().get(TapChannelOption.PERSIST);
            this.bootstrap = bootstrap.option(TapChannelOption.PERSIST, null);
            this.loops = loops;
            this.all = all;
        }

        void open(TapAddress address) {
            Bootstrap one = bootstrap.clone(loops.get(channels.size())).option(TapChannelOption.MULTI_QUEUE, true);
            if (one.config().channelFactory() == null) {
                one.channel(TapChannel.class);
            }
            if (!channels.isEmpty()) {
                // Only the first asks for a device that does not exist yet.
                one.option(TapChannelOption.EXCLUSIVE, false);
            }
            one.bind(address).addListener((ChannelFuture bound) -> {
                if (!bound.isSuccess()) {
                    closeAll(bound.cause());
                    return;
                }
                TapChannel channel = (TapChannel) bound.channel();
                channels.add(channel);
                TapAddress opened = channel.localAddress();
                if (opened == null) {
                    closeAll(new ClosedChannelException());
                } else if (channels.size() == loops.size()) {
                    succeed(channel);
                } else {
                    open(opened);
                }
            });
        }

        private void succeed(TapChannel last) {
            try {
                if (persist != null) {
                    last.config().setOption(TapChannelOption.PERSIST, persist);
                }
            } catch (ChannelException e) {
                closeAll(e);
                return;
            }
            all.setSuccess(List.copyOf(channels));
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
