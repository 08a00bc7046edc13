/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What a bridge does now and then, on a thread of its own: shows its counters, forgets silent stations. */
final class BridgeClock implements AutoCloseable {
    private static final int AGEING_SECONDS = 5;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread clock = new Thread(task, "bridge-clock");
        clock.setDaemon(true);
        return clock;
    });

    BridgeClock(Bridge bridge) {
        every(AGEING_SECONDS, () -> bridge.table().removeAged(MacTable.seconds()));
    }

    void every(int seconds, Runnable work) {
        thread.scheduleAtFixedRate(work, seconds, seconds, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
