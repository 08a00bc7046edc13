/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

/**
 * When frames are due, at a rate: bursts that keep the average. No more than a tenth of a second is made up for after a
 * pause.
 */
final class Pace {
    private static final double CATCH_UP_SECONDS = 0.1;

    private final long rate;
    private final int burst;
    /** How many frames at a time: fewer than the burst where the rate is low, so that they come evenly. */
    private final int batch;
    private long last;
    private double tokens;

    /**
     * Starts with one batch due.
     *
     * @param rate frames a second, 0 for no limit
     */
    Pace(long rate, int burst, long nowNanos) {
        this.rate = rate;
        this.burst = burst;
        // A timer that is due a hundred times a second is no load.
        batch = rate == 0 ? burst : (int) Math.max(1, Math.min(burst, rate / 100));
        last = nowNanos;
        tokens = batch;
    }

    /** How many frames may be sent now, the burst at most. */
    int due(long nowNanos) {
        if (rate == 0) {
            return burst;
        }
        double seconds = (nowNanos - last) / 1e9;
        last = nowNanos;
        tokens = Math.min(tokens + seconds * rate, Math.max(batch, rate * CATCH_UP_SECONDS));
        return tokens >= batch ? (int) Math.min(burst, tokens) : 0;
    }

    /** Counts a frame that was sent. */
    void sent() {
        tokens--;
    }

    /** How long to wait for the next batch, 0 or less for not at all. */
    long nanosUntilDue(long nowNanos) {
        return rate == 0 ? 0 : (long) Math.ceil((batch - tokens) * 1e9 / rate) - (nowNanos - last);
    }
}
