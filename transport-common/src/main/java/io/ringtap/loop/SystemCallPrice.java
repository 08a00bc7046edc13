/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.Platform;
import io.ringtap.internal.unix.SystemCalls;

import java.util.concurrent.TimeUnit;

/**
 * What a system call costs on this machine. It differs by more than ten times: about 0.1 µs on most machines, 2 µs in
 * some virtual machines and sandboxes.
 *
 * <p>The call that is measured is a {@code poll} of no descriptor that does not wait. It enters the kernel, which has
 * nothing to do, and it changes nothing. The price includes the way through jnr-ffi, which is 0.05 µs once the JVM has
 * compiled it and 0.2 µs before.
 */
final class SystemCallPrice {
    private static final int CALLS_PER_ROUND = 64;
    private static final int LEAST_ROUNDS = 8;
    /** Long enough for the JVM to compile the call on an idle machine. */
    private static final long ENOUGH_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** As long as that if the call still seems slow: other programs may keep the JVM from compiling it. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** Measured once, by the first who asks. */
    private static final class Holder {
        static final long NANOS = measure();
    }

    private SystemCallPrice() {
    }

    /**
     * The price in nanoseconds. The first call takes five milliseconds, or twenty where the call is slow; it loads the
     * C library.
     *
     * @throws LinkageError if the C library cannot be called
     */
    static long nanos() {
        return Holder.NANOS;
    }

    /** Measures anew: the least average of many short rounds, as an interrupted round only ever costs more. */
    static long measure() {
        SystemCalls.load();
        LibC libC = Platform.current().libC();
        round(libC);
        long begin = System.nanoTime();
        long least = Long.MAX_VALUE;
        long taken = 0;
        for (int rounds = 0; rounds < LEAST_ROUNDS || taken < ENOUGH_NANOS
            || taken < PATIENCE_NANOS && least >= LoopChoice.URING_FROM_NANOS; rounds++) {
            least = Math.min(least, round(libC));
            taken = System.nanoTime() - begin;
        }
        return least;
    }

    private static long round(LibC libC) {
        long begin = System.nanoTime();
        for (int i = 0; i < CALLS_PER_ROUND; i++) {
            libC.poll(0, 0, 0);
        }
        return (System.nanoTime() - begin) / CALLS_PER_ROUND;
    }
}
