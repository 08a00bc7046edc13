/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Which kind of event loop is preferred on a machine, and why.
 *
 * <p>On epoll each frame of a tap costs two system calls, one to read it and one to write it; on io_uring many frames
 * share one call. All else that is done for a frame takes about 1 µs on either. Where a system call costs 0.1 µs, the
 * two are about as fast, and epoll takes less time of the processor and carries sockets better. Where a call costs
 * 2 µs, io_uring passes four times as many frames. The choice changes at {@link #URING_FROM_NANOS}: from there on the
 * two calls cost twice as much as all else, so that io_uring is at least twice as fast. On a machine with cheap calls,
 * every measured price lies below it, even before the JVM has compiled the call.
 *
 * @param loop the kind
 * @param reason why it is preferred, for the log
 */
record LoopChoice(FrameLoop loop, String reason) {
    /** From this price of a system call on, io_uring is preferred. */
    static final long URING_FROM_NANOS = 1000;

    /** Where the price of a system call does not decide. */
    private static final List<FrameLoop> ORDER =
        List.of(FrameLoop.EPOLL, FrameLoop.IO_URING, FrameLoop.KQUEUE, FrameLoop.POLL);

    /**
     * Chooses.
     *
     * @param unavailability why a kind does not work here, {@code null} if it does
     * @param systemCallNanos measures what a system call costs; asked only if that decides
     * @throws IllegalStateException if no kind works, with the cause of each
     */
    static LoopChoice of(Function<FrameLoop, Throwable> unavailability, LongSupplier systemCallNanos) {
        if (unavailability.apply(FrameLoop.EPOLL) == null && unavailability.apply(FrameLoop.IO_URING) == null) {
            return byPrice(systemCallNanos);
        }
        StringBuilder causes = new StringBuilder();
        for (FrameLoop loop : ORDER) {
            Throwable cause = unavailability.apply(loop);
            if (cause == null) {
                return new LoopChoice(loop, causes.isEmpty() ? "io_uring is unavailable: "
                    + unavailability.apply(FrameLoop.IO_URING).getMessage() : causes.substring(2));
            }
            causes.append("; ").append(loop).append(" is unavailable: ").append(cause.getMessage());
        }
        throw new IllegalStateException("no event loop works here" + causes);
    }

    private static LoopChoice byPrice(LongSupplier systemCallNanos) {
        long nanos;
        try {
            nanos = systemCallNanos.getAsLong();
        } catch (LinkageError e) {
            return new LoopChoice(FrameLoop.EPOLL, "the price of a system call is not known: " + e.getMessage());
        }
        FrameLoop loop = nanos < URING_FROM_NANOS ? FrameLoop.EPOLL : FrameLoop.IO_URING;
        return new LoopChoice(loop, String.format(Locale.ROOT,
            "a system call takes %.2f µs here; io_uring is preferred from %.2f µs on", nanos / 1e3,
            URING_FROM_NANOS / 1e3));
    }
}
