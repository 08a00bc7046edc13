/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.ringtap.loop.FrameLoop;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Finds the adapter that fits an event loop. Each adapter lives in a class of its own that is touched only if the Netty
 * classes it needs are on the class path, as every one of Netty's native transports is optional.
 */
public final class LoopAdapters {
    // Lambdas and no method references: linking one of those loads the adapter, and with it what may not be there.
    private static final List<Candidate> CANDIDATES = List.of(
        new Candidate(FrameLoop.EPOLL, loop -> EpollReadiness.fits(loop), () -> EpollReadiness.ADAPTER),
        new Candidate(FrameLoop.IO_URING, loop -> UringReadiness.fits(loop), () -> UringReadiness.ADAPTER),
        new Candidate(FrameLoop.KQUEUE, loop -> KQueueReadiness.fits(loop), () -> KQueueReadiness.ADAPTER),
        new Candidate(FrameLoop.POLL, loop -> PollReadiness.fits(loop), () -> PollReadiness.ADAPTER));

    private record Candidate(FrameLoop kind, Predicate<IoEventLoop> fits, Supplier<LoopAdapter> adapter) {
    }

    private static volatile UnaryOperator<LoopAdapter> decoration = UnaryOperator.identity();

    private LoopAdapters() {
    }

    /**
     * Lets every adapter that is found from now on pass through a decoration: tests use it to make registrations and
     * operations fail. {@link UnaryOperator#identity()} takes it away. Internal to Ringtap's tests; any thread.
     */
    public static void decorate(UnaryOperator<LoopAdapter> with) {
        decoration = Objects.requireNonNull(with, "with");
    }

    /** The adapter for this loop, or none, if a descriptor cannot wait on it. */
    public static Optional<LoopAdapter> find(EventLoop loop) {
        if (loop instanceof IoEventLoop ioLoop) {
            for (Candidate candidate : CANDIDATES) {
                if (candidate.kind().isPresent() && candidate.fits().test(ioLoop)) {
                    return Optional.of(decoration.apply(candidate.adapter().get()));
                }
            }
        }
        return Optional.empty();
    }

    /** What to say to a user whose loop fits no adapter: the handlers that do and work here. */
    public static String advice(EventLoop loop) {
        StringBuilder handlers = new StringBuilder();
        for (Candidate candidate : CANDIDATES) {
            if (candidate.kind().isAvailable()) {
                handlers.append(handlers.isEmpty() ? "" : " or ").append(candidate.kind().handlerName());
            }
        }
        return "a " + loop.getClass().getSimpleName() + (loop instanceof IoEventLoop
            ? " that runs no such handler cannot wait on this descriptor" : " runs no I/O handler") + ": use"
            + " new MultiThreadIoEventLoopGroup(X.newFactory()) with X one of " + handlers;
    }
}
