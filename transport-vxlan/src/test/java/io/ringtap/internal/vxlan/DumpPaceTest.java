/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class DumpPaceTest {
    private static final long START = Long.MAX_VALUE - 1000;

    private final DumpPace pace = new DumpPace();

    @Test
    void theFirstTimeIsAtOnce() {
        assertThat(pace.nanosToWait(START)).isZero();
    }

    @Test
    void aStormOfNewsReadsAShortTableAFewTimesASecond() {
        long now = START;
        int times = 0;
        for (int news = 0; news < 1_000_000; news++, now += TimeUnit.MICROSECONDS.toNanos(1)) {
            if (pace.nanosToWait(now) == 0) {
                pace.done(now, now + 1000);
                times++;
            }
        }
        assertThat(times).isEqualTo(20);
    }

    @Test
    void aLongTableIsReadLessOften() {
        long took = TimeUnit.MILLISECONDS.toNanos(40);
        pace.done(START, START + took);
        assertThat(pace.nanosToWait(START + took)).isEqualTo(19 * took);
        assertThat(pace.nanosToWait(START + 20 * took)).isZero();
    }
}
