/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Closes the channels of a port that is no member of the bridge any more. Other ports may be in the middle of a round
 * that has frames for it: the channels are closed once all these rounds are over, and what they bring is sent if the
 * device has room for it, and else counted.
 */
final class PortRemoval {
    private PortRemoval() {
    }

    /**
     * Closes them.
     *
     * @param remaining the other ports
     * @return done when they are closed and what was lost is counted; never fails
     */
    static Future<Void> close(BridgePort port, Collection<BridgePort> remaining) {
        Set<EventLoop> senders = new HashSet<>();
        for (BridgePort other : remaining) {
            other.channels().forEach(channel -> senders.add(channel.eventLoop()));
        }
        List<Future<?>> rounds = new ArrayList<>();
        // A task runs between two rounds.
        senders.forEach(loop -> rounds.add(run(loop, () -> { })));
        List<Future<?>> closed = new ArrayList<>();
        Future<Void> over = AllDone.of(rounds);
        for (FrameChannel channel : port.channels()) {
            Promise<Void> counted = ImmediateEventExecutor.INSTANCE.newPromise();
            closed.add(counted);
            over.addListener(done -> run(channel.eventLoop(), () -> closeAndCount(channel, counted))
                .addListener(begun -> {
                    if (!begun.isSuccess()) {
                        channel.close().addListener(end -> counted.trySuccess(null));
                    }
                }));
        }
        return AllDone.of(closed);
    }

    /** Runs a task on an event loop; one that has shut down has no rounds, and the future has failed. */
    static Future<?> run(EventLoop loop, Runnable task) {
        try {
            return loop.submit(task);
        } catch (RuntimeException ended) {
            return ImmediateEventExecutor.INSTANCE.newFailedFuture(ended);
        }
    }

    private static void closeAndCount(FrameChannel channel, Promise<Void> counted) {
        channel.flush();
        FrameChannelStats stats = channel.stats();
        long waiting = waiting(channel);
        long doneBefore = stats.txFrames() + stats.txDrops();
        channel.close().addListener(closed -> {
            long lost = waiting - (stats.txFrames() + stats.txDrops() - doneBefore);
            if (lost > 0) {
                stats.countTxDrops(DropReason.CLOSED, (int) lost);
            }
            counted.trySuccess(null);
        });
    }

    private static long waiting(Channel channel) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        if (buffer == null) {
            return 0;
        }
        long[] frames = {0};
        try {
            buffer.forEachFlushedMessage(message -> {
                frames[0] += message instanceof FrameBatch batch ? batch.size() : 1;
                return true;
            });
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return frames[0];
    }
}
