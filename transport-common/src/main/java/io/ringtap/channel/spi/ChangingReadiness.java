/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * The readiness of a device whose descriptor changes while its channel stays on one event loop: a connection ends, and
 * another one is made later. What is wanted is kept in between, and holds for the next descriptor. A device that waits
 * on several descriptors at once has one of these for each. On the event loop.
 */
public final class ChangingReadiness implements Readiness {
    private final DescriptorWaiter waiter;
    /** {@code null} while there is no descriptor. */
    private Readiness current;
    private boolean reading;
    private boolean writing;
    private boolean cancelled;

    /** A readiness without a descriptor: nothing is ever ready. */
    public ChangingReadiness(DescriptorWaiter waiter) {
        this.waiter = Objects.requireNonNull(waiter, "waiter");
    }

    /**
     * Waits on a descriptor from now on, and no longer on the one before.
     *
     * @param listener receives the events of this descriptor
     * @throws IOException if the event loop does not take it, so that there is none now
     * @throws IllegalStateException if this readiness was cancelled
     */
    public void waitOn(int descriptor, Listener listener) throws IOException {
        if (cancelled) {
            throw new IllegalStateException("cancelled");
        }
        waitOnNone();
        current = waiter.register(descriptor, listener);
        current.want(reading, writing);
    }

    /** Waits on no descriptor from now on; call it before the one that there was is closed. */
    public void waitOnNone() {
        Readiness before = current;
        current = null;
        if (before != null) {
            before.cancel();
        }
    }

    /** Whether there is a descriptor. */
    public boolean isWaiting() {
        return current != null && !cancelled;
    }

    @Override
    public void want(boolean read, boolean write) {
        reading = read;
        writing = write;
        if (isWaiting()) {
            current.want(read, write);
        }
    }

    @Override
    public void cancel() {
        if (!cancelled) {
            cancelled = true;
            if (current != null) {
                current.cancel();
            }
        }
    }

    @Override
    public Executor whenReleased() {
        return current == null ? null : current.whenReleased();
    }
}
