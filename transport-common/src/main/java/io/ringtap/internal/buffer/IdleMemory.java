/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A timer that gives back the memory that a channel holds for receiving and has not used for a while. It runs as long
 * as there is some, twice a second, and costs a frame nothing. On the channel's event loop.
 */
public final class IdleMemory implements Runnable {
    /** What was not used from one run to the next is given back: within a second of its last use. */
    private static final long INTERVAL_MILLIS = 500;

    private final Channel channel;
    private final BooleanSupplier trim;
    private Future<?> timer;

    /**
     * Makes a timer, which does not run yet.
     *
     * @param trim gives up what was not used since it was called last, and says whether anything is left
     */
    public IdleMemory(Channel channel, BooleanSupplier trim) {
        this.channel = channel;
        this.trim = trim;
    }

    /** There is memory: starts the timer if it does not run. */
    public void watch() {
        if (timer != null) {
            return;
        }
        try {
            timer = channel.eventLoop().schedule(this, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException | OutOfMemoryError notNow) {
            // A loop that shuts down closes the channel; without heap, the memory is given back later.
            timer = null;
        }
    }

    @Override
    public void run() {
        timer = null;
        if (trim.getAsBoolean()) {
            watch();
        }
    }

    /** Stops the timer: what is left is given up by another way. */
    public void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
