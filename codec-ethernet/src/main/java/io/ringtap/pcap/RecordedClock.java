/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

/**
 * The time between one packet of a capture and the next by its time stamps, without leaps: a replay does not wait where
 * the clock was set, where captures were joined, or for a night without traffic. For one thread.
 */
final class RecordedClock {
    private final long maxGapNanos;
    /** The latest time stamp since the last leap; packets of several queues may be a little out of order. */
    private long latest = CapturedPacket.NO_TIMESTAMP;
    private long leaps;

    RecordedClock(long maxGapNanos) {
        this.maxGapNanos = maxGapNanos;
    }

    /**
     * How long after the packet before it a packet is due: 0 to the longest gap, and 0 for one without a time stamp or
     * with an earlier one.
     */
    long gapTo(CapturedPacket packet) {
        if (!packet.hasTimestamp()) {
            return 0;
        }
        long stamp = packet.timestampNanos();
        if (latest == CapturedPacket.NO_TIMESTAMP) {
            latest = stamp;
            return 0;
        }
        long gap = difference(stamp, latest);
        if (gap < -maxGapNanos) {
            leaps++;
            latest = stamp;
            return 0;
        }
        latest = Math.max(latest, stamp);
        if (gap > maxGapNanos) {
            leaps++;
            return maxGapNanos;
        }
        return Math.max(0, gap);
    }

    /** Gaps so far, forwards and backwards, that were longer than the longest. */
    long leaps() {
        return leaps;
    }

    private static long difference(long a, long b) {
        long difference = a - b;
        // Of different signs, and the result has that of b.
        if (((a ^ b) & (a ^ difference)) < 0) {
            return a < 0 ? -Long.MAX_VALUE : Long.MAX_VALUE;
        }
        return difference;
    }
}
