/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.util.concurrent.Future;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a channel that could not read, mostly for lack of memory, from trying again at once: what has arrived is still
 * there, and the event loop would be woken without end. The pauses grow from 10 ms to a second. The frames wait in the
 * device meanwhile, which drops and counts what it has no room for. On the channel's event loop.
 */
final class ReadPause implements Runnable {
    static final long SHORTEST_MILLIS = 10;
    static final long LONGEST_MILLIS = 1000;
    private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);

    private final AbstractFrameChannel channel;
    private final Runnable over;
    private Future<?> timer;
    private boolean failing;
    private boolean told;
    private long millis;
    private long failedAt;
    private long toldAt;

    /**
     * Makes one that is not under way.
     *
     * @param over run when a pause has ended by itself
     */
    ReadPause(AbstractFrameChannel channel, Runnable over) {
        this.channel = channel;
        this.over = over;
    }

    /** Whether nothing is to be read now. */
    boolean isUnderWay() {
        return timer != null;
    }

    /**
     * A read has failed: begins a pause.
     *
     * @return whether to notify handlers: once until a read has succeeded, and not more than once a second
     */
    boolean begin() {
        long now = System.nanoTime();
        boolean soon = millis != 0 && now - failedAt < 2 * LONGEST_NANOS;
        millis = soon ? Math.min(millis * 2, LONGEST_MILLIS) : SHORTEST_MILLIS;
        failedAt = now;
        boolean tell = !failing && (!told || now - toldAt >= LONGEST_NANOS);
        failing = true;
        if (tell) {
            told = true;
            toldAt = now;
        }
        if (timer == null) {
            schedule();
        }
        return tell;
    }

    private void schedule() {
        try {
            timer = channel.eventLoop().schedule(this, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException | OutOfMemoryError noTimer) {
            // The loop shuts down, or has not even the memory for a timer: the next attempt comes with the next event.
            timer = null;
        }
    }

    /** A read has succeeded. */
    void succeeded() {
        failing = false;
    }

    @Override
    public void run() {
        timer = null;
        over.run();
    }

    /** Ends the pause, as the channel leaves its event loop. */
    void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
