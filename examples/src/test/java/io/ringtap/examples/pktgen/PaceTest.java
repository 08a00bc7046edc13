/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PaceTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void withoutARateABurstIsAlwaysDue() {
        Pace pace = new Pace(0, 512, 0);
        assertThat(pace.due(0)).isEqualTo(512);
        assertThat(pace.due(0)).isEqualTo(512);
        assertThat(pace.nanosUntilDue(0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 7, 100, 5000, 1_000_000})
    void keepsTheRate(long rate) {
        Pace pace = new Pace(rate, 512, 0);
        long sent = 0;
        long now = 0;
        while (now < 3 * SECOND) {
            int due = pace.due(now);
            for (int i = 0; i < due; i++) {
                pace.sent();
            }
            sent += due;
            long wait = pace.nanosUntilDue(now);
            now += Math.max(wait, 1000);
        }
        assertThat(sent).isBetween(3 * rate, 3 * rate + Math.max(1, rate / 50) + 1);
    }

    @Test
    void makesUpForATenthOfASecondAtMost() {
        Pace pace = new Pace(1000, 512, 0);
        assertThat(pace.due(60 * SECOND)).isEqualTo(100);
    }
}
