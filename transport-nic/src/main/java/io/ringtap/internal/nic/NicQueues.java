/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.nic.xdp.XdpProgram;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Opens several sockets on one interface, one for each event loop: one after the other, or none at all. */
final class NicQueues {
    /** PACKET_FANOUT_MAX was 256 before Linux 5.7, and the map of an XDP program has room for as many. */
    static final int MAX_QUEUES = XdpProgram.QUEUES;

    private final List<FrameChannel> channels = new ArrayList<>();
    private final BiFunction<Integer, EventLoopGroup, Bootstrap> bootstraps;
    private final SocketAddress address;
    private final List<EventLoopGroup> loops;
    private final Promise<List<FrameChannel>> all = ImmediateEventExecutor.INSTANCE.newPromise();

    private NicQueues(BiFunction<Integer, EventLoopGroup, Bootstrap> bootstraps, SocketAddress address,
                      List<EventLoopGroup> loops) {
        this.bootstraps = bootstraps;
        this.address = address;
        this.loops = loops;
    }

    /**
     * Opens a queue for each event loop.
     *
     * @param bootstraps a new bootstrap for the queue of a number, from 0 on, and its event loop
     * @return completed with the channels in the order of the loops, or failed once those that were open are closed
     */
    static Future<List<FrameChannel>> bind(BiFunction<Integer, EventLoopGroup, Bootstrap> bootstraps,
                                           SocketAddress address, List<? extends EventLoopGroup> loops) {
        if (loops.isEmpty() || loops.size() > MAX_QUEUES) {
            throw new IllegalArgumentException(loops.size() + " queues: an interface has 1 to " + MAX_QUEUES);
        }
        NicQueues queues = new NicQueues(bootstraps, address, List.copyOf(loops));
        queues.open();
        return queues.all;
    }

    private void open() {
        int next = channels.size();
        bootstraps.apply(next, loops.get(next)).bind(address).addListener((ChannelFuture bound) -> {
            if (!bound.isSuccess()) {
                closeAll(bound.cause());
                return;
            }
            channels.add((FrameChannel) bound.channel());
            if (channels.size() == loops.size()) {
                all.setSuccess(List.copyOf(channels));
            } else {
                open();
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
