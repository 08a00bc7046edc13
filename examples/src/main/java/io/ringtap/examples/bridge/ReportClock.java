/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.ringtap.bridge.Bridge;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows the state of a bridge now and then, on a thread of its own. */
final class ReportClock implements AutoCloseable {
    private final Report report;
    private final Bridge bridge;
    private final ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("report", true));

    ReportClock(Report report, Bridge bridge) {
        this.report = report;
        this.bridge = bridge;
    }

    /** Starts it: shows the state every so many seconds, never if that is 0. */
    void every(int seconds) {
        if (seconds > 0) {
            thread.scheduleAtFixedRate(this::show, seconds, seconds, TimeUnit.SECONDS);
        }
    }

    /** The executor drops a task for good when it throws. */
    private void show() {
        try {
            report.show(bridge);
        } catch (RuntimeException | OutOfMemoryError e) {
            report.say("the report has failed, and goes on when it is due again: " + e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
