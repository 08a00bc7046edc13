/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeClockTest {
    private final List<String> reports = new CopyOnWriteArrayList<>();
    private final Bridge bridge = new Bridge(List.of(), new MacTable(1, 1), reports::add);

    @Test
    void workThatFailsIsDoneAgainAndItsFailureToldOnce() throws Exception {
        CountDownLatch calls = new CountDownLatch(3);
        try (BridgeClock clock = new BridgeClock(bridge, reports::add)) {
            clock.every(1, () -> {
                calls.countDown();
                throw new IllegalArgumentException("a name that is none");
            });
            assertThat(calls.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(reports).containsExactly("a task of the bridge has failed, and goes on when it is due again:"
            + " java.lang.IllegalArgumentException: a name that is none");
    }

    @Test
    void anErrorEndsItNeither() throws Exception {
        CountDownLatch calls = new CountDownLatch(2);
        try (BridgeClock clock = new BridgeClock(bridge, reports::add)) {
            clock.every(1, () -> {
                calls.countDown();
                throw new OutOfMemoryError("for a test");
            });
            assertThat(calls.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
