/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.internal.unix.Errno;
import io.ringtap.testsuite.system.TamperedCalls;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class SystemCallPriceTest {
    /** No processor enters and leaves a kernel in less than 10 ns, and a call takes less than 1 ms on any machine. */
    @Test
    void thisMachineHasAPrice() {
        assertThat(SystemCallPrice.measure()).isBetween(10L, TimeUnit.MILLISECONDS.toNanos(1));
    }

    @Test
    void aDearCallIsMeasuredAsOne() {
        try (TamperedCalls calls = new TamperedCalls()) {
            calls.fail(Errno.EBADF, (name, arguments) -> {
                long end = System.nanoTime() + 5000;
                while (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                }
                return true;
            });
            assertThat(SystemCallPrice.measure()).isGreaterThanOrEqualTo(5000);
        }
    }

    @Test
    void itIsMeasuredOnce() {
        long price = SystemCallPrice.nanos();
        try (TamperedCalls calls = new TamperedCalls()) {
            assertThat(SystemCallPrice.nanos()).isEqualTo(price);
            assertThat(calls.calls()).isZero();
            SystemCallPrice.measure();
            assertThat(calls.calls()).isPositive();
        }
    }
}
