/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.netty.channel.EventLoop;
import io.ringtap.loop.Readiness;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells a channel that its end of the wire has frames or room: a task on the channel's event loop, one at a time
 * however often the other end signals.
 */
final class WireReadiness implements Readiness, Runnable {
    private final WireEnd end;
    private final EventLoop loop;
    private final Listener listener;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private boolean wantRead;
    private boolean wantWrite;
    private boolean cancelled;

    WireReadiness(WireEnd end, EventLoop loop, Listener listener) {
        this.end = end;
        this.loop = loop;
        this.listener = listener;
        end.onReady(this::signal);
    }

    /** Any thread. */
    private void signal() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this);
            } catch (RejectedExecutionException e) {
                // The event loop has ended, and has closed the channel.
                scheduled.set(false);
            }
        }
    }

    @Override
    public void run() {
        // Before the queues are looked at: a signal from now on is a task of its own, so that none is missed.
        scheduled.set(false);
        if (!cancelled && wantRead && end.hasFrames()) {
            listener.readable();
        }
        if (!cancelled && wantWrite && end.hasRoom()) {
            listener.writable();
        }
        if (!cancelled && wantRead && end.hasFrames()) {
            // The budget of the read round was used up: other channels of the loop have their turn, then the next.
            signal();
        }
    }

    @Override
    public void want(boolean read, boolean write) {
        boolean more = read && !wantRead || write && !wantWrite;
        wantRead = read;
        wantWrite = write;
        if (more) {
            // What came while nobody wanted it has signalled already.
            signal();
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            end.onReady(null);
        }
    }
}
