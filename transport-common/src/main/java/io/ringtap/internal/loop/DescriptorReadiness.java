/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.ringtap.internal.unix.PollEvents;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The common part of the adapters: the wanted events, and the order of calls to the listener. An adapter translates
 * between that and the operations and events of its kind of loop.
 */
abstract class DescriptorReadiness implements Readiness, IoHandle {
    private final int descriptor;
    private final Listener listener;
    private IoRegistration registration;
    private boolean reading;
    private boolean writing;
    private boolean cancelled;

    DescriptorReadiness(int descriptor, Listener listener) {
        this.descriptor = descriptor;
        this.listener = listener;
    }

    /** Registers with a loop, and waits for errors from then on. */
    final Readiness registerWith(IoEventLoop loop) throws IOException {
        start(Registrations.now(loop, this));
        return this;
    }

    /** The second half of {@link #registerWith}. */
    final void start(IoRegistration registered) throws IOException {
        registration = registered;
        try {
            update();
        } catch (UncheckedIOException refused) {
            giveUp(registered);
            throw refused.getCause();
        } catch (RuntimeException | Error broken) {
            // Of a loop without memory for one more, or whose queue takes no more.
            giveUp(registered);
            throw broken;
        }
    }

    private void giveUp(IoRegistration registered) {
        cancelled = true;
        registered.cancel();
    }

    /** Has the loop wait for what is wanted now. Not called once cancelled. */
    abstract void update();

    /** Withdraws what the loop was told to wait for, where cancelling the registration does not do so by itself. */
    void withdraw() {
    }

    final int descriptor() {
        return descriptor;
    }

    final IoRegistration registration() {
        return registration;
    }

    final boolean isReading() {
        return reading;
    }

    final boolean isWriting() {
        return writing;
    }

    final boolean isCancelled() {
        return cancelled;
    }

    @Override
    public final void want(boolean read, boolean write) {
        if (!cancelled && (read != reading || write != writing)) {
            reading = read;
            writing = write;
            update();
        }
    }

    @Override
    public final void cancel() {
        if (!cancelled) {
            cancelled = true;
            try {
                withdraw();
            } finally {
                registration.cancel();
            }
        }
    }

    /**
     * Calls the listener for the events that poll(2) would report.
     *
     * @param ready bits of poll.h
     */
    final void tell(int ready) {
        boolean broken = (ready & (PollEvents.POLLERR | PollEvents.POLLNVAL)) != 0;
        // Whoever hung up may have left something to read: read that first, report the hang-up after it.
        boolean over = (ready & PollEvents.POLLHUP) != 0 && !(reading && (ready & PollEvents.POLLIN) != 0);
        if (!cancelled && (broken || over)) {
            listener.failed();
        }
        if (!cancelled && writing && (ready & PollEvents.POLLOUT) != 0) {
            listener.writable();
        }
        if (!cancelled && reading && (ready & PollEvents.POLLIN) != 0) {
            listener.readable();
        }
    }

    /** The loop shuts down. */
    @Override
    public final void close() {
        if (!cancelled) {
            listener.loopClosing();
            cancel();
        }
    }
}
