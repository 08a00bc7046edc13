/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ends a program that runs until it is stopped: SIGINT and SIGTERM let {@link #requested()} complete. The command then
 * closes this object and ends, and the process exits with the code that the command has ended with; or with 1, after
 * two seconds, if it does not end.
 */
public final class StopSignal implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 2000;
    private static final long LAST_MILLIS = 200;
    private static final Set<StopSignal> OPEN = ConcurrentHashMap.newKeySet();

    private final CompletableFuture<Void> requested = new CompletableFuture<>();
    private final List<Runnable> lastActions = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final Thread hook = new Thread(this::onShutdown, "stop-signal");
    private volatile boolean closed;

    /** Listens for the signals from now on. */
    public StopSignal() {
        OPEN.add(this);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void onShutdown() {
        int code = 1;
        try {
            requested.complete(null);
            code = ended.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | InterruptedException late) {
            runLastActions();
            System.err.println("not stopped within " + PATIENCE_MILLIS + " ms: ending all the same");
        } finally {
            // Whatever happens, an OutOfMemoryError included. A JVM ended by a signal exits with 128 + its number; this
            // program was asked to stop, and tells how that went.
            System.out.flush();
            System.err.flush();
            Runtime.getRuntime().halt(code);
        }
    }

    /**
     * Has an action run before the process exits because the command did not end in time: one that gives the terminal
     * back, for example. It gets a short time on a thread of its own.
     */
    public void beforeHalt(Runnable action) {
        lastActions.add(action);
    }

    private void runLastActions() {
        Thread thread = new Thread(() -> lastActions.forEach(Runnable::run), "last-actions");
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(LAST_MILLIS);
        } catch (InterruptedException e) {
            // The end of the process does not wait.
        }
    }

    /** Completes when a signal asks for the end. */
    public CompletableFuture<Void> requested() {
        return requested;
    }

    /** Says that all is cleaned up, and that the exit code comes next. */
    @Override
    public void close() {
        closed = true;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            OPEN.remove(this);
        } catch (IllegalStateException stopping) {
            // The signal has come, and the hook waits for the exit code.
        }
    }

    /** A command has ended, and said all it has to say: with this exit code. */
    static void commandEnded(int code) {
        for (StopSignal signal : OPEN) {
            if (signal.closed) {
                signal.ended.complete(code);
            }
        }
    }
}
