/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.util.concurrent.Future;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/** Runs what takes a while one after the other, in the order it was asked for, and blocks nobody. Any thread. */
final class OneByOne {
    private final Queue<Supplier<Future<?>>> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * Starts something, now if nothing else is under way.
     *
     * @param start starts it and returns when it ends; throws nothing
     */
    void run(Supplier<Future<?>> start) {
        synchronized (this) {
            if (busy) {
                waiting.add(start);
                return;
            }
            busy = true;
        }
        start.get().addListener(done -> next());
    }

    private void next() {
        Supplier<Future<?>> start;
        synchronized (this) {
            start = waiting.poll();
            if (start == null) {
                busy = false;
                return;
            }
        }
        start.get().addListener(done -> next());
    }
}
