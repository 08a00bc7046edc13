/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge.metrics;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A value that is asked for again when it is half a second old: one registry reads many counters of it in a row. */
final class Recent<T> {
    private static final long LIFETIME_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Supplier<T> source;
    private T value;
    private long since;

    Recent(Supplier<T> source) {
        this.source = source;
    }

    synchronized T get() {
        long now = System.nanoTime();
        if (value == null || now - since > LIFETIME_NANOS) {
            value = source.get();
            since = now;
        }
        return value;
    }
}
