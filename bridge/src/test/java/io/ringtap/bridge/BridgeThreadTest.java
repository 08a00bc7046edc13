/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeThreadTest {
    private final RecordingListener listener = new RecordingListener();
    private final BridgeThread thread = new BridgeThread(List.of(listener));

    @AfterEach
    void end() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        thread.end(ended::countDown);
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void workThatFailsIsDoneAgainAndItsFailureToldOnce() throws Exception {
        CountDownLatch calls = new CountDownLatch(3);
        thread.every(1, () -> {
            calls.countDown();
            throw new IllegalArgumentException("a name that is none");
        });
        assertThat(calls.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(listener.reports).containsExactly("bridge failed: java.lang.IllegalArgumentException: a name that is"
            + " none");
    }

    @Test
    void anErrorEndsItNeither() throws Exception {
        CountDownLatch calls = new CountDownLatch(2);
        thread.every(1, () -> {
            calls.countDown();
            throw new OutOfMemoryError("for a test");
        });
        assertThat(calls.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aListenerThatThrowsHearsOfTheNextEvent() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        thread.tell(to -> {
            throw new IllegalStateException("for a test");
        });
        thread.tell(to -> told.countDown());
        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
    }
}
