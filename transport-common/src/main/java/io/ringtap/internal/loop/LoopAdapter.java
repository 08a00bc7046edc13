/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.IoEventLoop;
import io.ringtap.loop.Readiness;

import java.io.IOException;

/** Makes a {@link Readiness} for one kind of event loop. Stateless. */
public interface LoopAdapter {
    /** The kind of loop, as the user knows it: {@code epoll}, {@code io_uring}, {@code kqueue}, {@code poll}. */
    String name();

    /**
     * Registers an open descriptor. On the event loop.
     *
     * @param descriptor open, and attached to its device: a wait that began before that is never woken
     * @throws IOException if the loop does not take it
     */
    Readiness register(IoEventLoop loop, int descriptor, Readiness.Listener listener) throws IOException;

    /** Whether this kind of loop can read and write by itself, so that {@link #operations} is there. */
    default boolean completes() {
        return false;
    }

    /**
     * Registers an open descriptor that the loop is to read and write. On the event loop.
     *
     * @param descriptor open, non-blocking, and attached to its device
     * @throws IOException if the loop does not take it
     */
    default Operations operations(IoEventLoop loop, int descriptor, Operations.Listener listener) throws IOException {
        throw new IOException("a loop of the kind " + name() + " does not read and write by itself");
    }
}
