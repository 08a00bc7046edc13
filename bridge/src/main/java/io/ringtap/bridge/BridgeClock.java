/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacTable;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a bridge does now and then, on a thread of its own: shows its counters, forgets silent stations, looks for
 * loops. Work that fails is done again when it is due the next time; the failure is reported, if it is not the same as
 * the time before.
 */
public final class BridgeClock implements AutoCloseable {
    private static final int AGEING_SECONDS = 5;

    private final Consumer<String> reports;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread clock = new Thread(task, "bridge-clock");
        clock.setDaemon(true);
        return clock;
    });

    /** Starts the thread; what fails is reported in a line, on that thread. */
    public BridgeClock(Bridge bridge, Consumer<String> reports) {
        this.reports = reports;
        MacTable table = bridge.table();
        FlapDetector loops = new FlapDetector(table, port -> bridge.ports().get(port).name(), reports);
        every(AGEING_SECONDS, () -> table.removeAged(MacTable.seconds()));
        every(1, () -> loops.look(MacTable.seconds()));
    }

    /** Does more work, every so many seconds, on this thread. */
    public void every(int seconds, Runnable work) {
        thread.scheduleAtFixedRate(new Repeated(work), seconds, seconds, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /** The executor drops a task for good when it throws. */
    private final class Repeated implements Runnable {
        private final Runnable work;
        private String lastFailure = "";

        Repeated(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            String failure = "";
            try {
                work.run();
            } catch (Throwable e) {
                failure = e.toString();
            }
            if (!failure.isEmpty() && !failure.equals(lastFailure)) {
                reports.accept("a task of the bridge has failed, and goes on when it is due again: " + failure);
            }
            lastFailure = failure;
        }
    }
}
