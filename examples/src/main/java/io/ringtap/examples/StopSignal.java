/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Ends a program that runs until it is stopped: SIGINT and SIGTERM let {@link #requested()} complete, and the process
 * exits, with 0, once the program has closed this object, the last thing it does, or after two seconds if it does not.
 */
public final class StopSignal implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 2000;

    private final CompletableFuture<Void> requested = new CompletableFuture<>();
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    /** Listens for the signals from now on. */
    public StopSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop-signal"));
    }

    private void onShutdown() {
        if (finished.isDone()) {
            return;
        }
        requested.complete(null);
        try {
            finished.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (Exception late) {
            System.err.println("not stopped within " + PATIENCE_MILLIS + " ms: ending all the same");
        }
        System.out.flush();
        // A JVM ended by a signal exits with 128 + its number; this program was asked to stop, and has.
        Runtime.getRuntime().halt(0);
    }

    /** Completes when a signal asks for the end. */
    public CompletableFuture<Void> requested() {
        return requested;
    }

    /** Says that all is cleaned up. */
    @Override
    public void close() {
        finished.complete(null);
    }
}
