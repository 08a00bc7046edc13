/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.internal.nic.packet.FanoutGroup;
import io.ringtap.nic.PacketAddress;

import java.util.ArrayList;
import java.util.List;

/** Opens several packet sockets on one interface, over which the kernel spreads the frames that it receives. */
public final class PacketQueues {
    /** The most sockets of a fanout group: PACKET_FANOUT_MAX was 256 before Linux 5.7. */
    static final int MAX_QUEUES = 256;

    private final List<FrameChannel> channels = new ArrayList<>();
    private final Bootstrap bootstrap;
    private final PacketAddress address;
    private final List<EventLoopGroup> loops;
    private final Promise<List<FrameChannel>> all;

    private PacketQueues(Bootstrap bootstrap, PacketAddress address, List<EventLoopGroup> loops,
                         Promise<List<FrameChannel>> all) {
        this.bootstrap = bootstrap;
        this.address = address;
        this.loops = loops;
        this.all = all;
    }

    /**
     * Opens one queue for each event loop, one after the other, or none at all.
     *
     * @param all completed with the channels in the order of the loops, or failed once those that were open are closed
     */
    static void bind(Bootstrap bootstrap, PacketAddress address, List<? extends EventLoopGroup> loops,
                     Promise<List<FrameChannel>> all) {
        if (loops.isEmpty() || loops.size() > MAX_QUEUES) {
            throw new IllegalArgumentException(loops.size() + " queues: an interface has 1 to " + MAX_QUEUES);
        }
        // A copy, as the caller may change the bootstrap before the last queue is open.
        Bootstrap copy = bootstrap.clone().option(FanoutGroup.OPTION, new FanoutGroup());
        new PacketQueues(copy, address, List.copyOf(loops), all).open();
    }

    private void open() {
        bootstrap.clone(loops.get(channels.size())).bind(address).addListener((ChannelFuture bound) -> {
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
