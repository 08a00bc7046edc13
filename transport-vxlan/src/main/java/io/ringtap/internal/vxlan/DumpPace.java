/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import java.util.concurrent.TimeUnit;

/**
 * When a table of the kernel may be read again on an event loop that serves others: it takes at most one part in
 * {@value #SHARE} of the time, however often the table changes and however long it is.
 */
final class DumpPace {
    static final int SHARE = 20;
    static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private long next;
    private boolean any;

    /** How long to wait from now on, 0 if it may be read at once. */
    long nanosToWait(long now) {
        return any ? Math.max(0, next - now) : 0;
    }

    /** It was read from one time of System.nanoTime() to another. */
    void done(long begun, long ended) {
        any = true;
        next = ended + Math.max(LEAST_NANOS, (SHARE - 1) * (ended - begun));
    }
}
