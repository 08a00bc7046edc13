/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.channel.FrameChannel;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Closes the channels of a port that is no member of the bridge any more. Other ports may be in the middle of a round
 * that has frames for it: the channels are closed once all these rounds are over, and what they bring is sent if the
 * device has room for it, and else counted by the channel.
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
    static Future<Void> close(BridgePort port, Collection<BridgePort> remaining, LoopTasks tasks) {
        Set<EventLoop> senders = new HashSet<>();
        List<Future<?>> rounds = new ArrayList<>();
        for (BridgePort other : remaining) {
            for (FrameChannel channel : other.channels()) {
                if (senders.add(channel.eventLoop())) {
                    // A task runs between two rounds; an event loop that is kept busy has none to wait for.
                    rounds.add(tasks.of(other, channel, LoopTasks.run(channel.eventLoop(), () -> { })));
                }
            }
        }
        Promise<Void> closed = ImmediateEventExecutor.INSTANCE.newPromise();
        AllDone.of(rounds).addListener(over -> {
            List<Future<Void>> ends = port.channels().stream().map(LoopTasks::close).toList();
            AllDone.of(ends).addListener(done -> closed.setSuccess(null));
        });
        return closed;
    }
}
