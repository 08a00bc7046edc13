/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/** ppoll(2), and poll(2) as its replacement on macOS. */
class SystemCallsPollTest {
    private static final short POLLIN = 1;

    private final NativeMemory entry = NativeMemory.allocate(8);
    private final NativeMemory timespec = NativeMemory.allocate(16);

    enum Call {
        PPOLL, POLL;

        int wait(NativeMemory entries, int count, NativeMemory timespec) {
            return this == PPOLL ? SystemCalls.poll(entries, count, timespec)
                : SystemCalls.pollMillis(entries, count, timespec);
        }
    }

    private NativeMemory time(long seconds, long nanos) {
        timespec.buffer().putLong(0, seconds).putLong(8, nanos);
        return timespec;
    }

    @ParameterizedTest
    @EnumSource
    void waitsNoShorterThanItsTime(Call call) {
        for (long nanos : new long[] {0, 1, 1_000_000, 2_500_000}) {
            long start = System.nanoTime();
            assertThat(call.wait(entry, 0, time(0, nanos))).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(nanos);
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitsForEverOrVeryLongUntilThereIsSomething(Call call) throws Exception {
        try (DescriptorPair pipe = DescriptorPair.pipe()) {
            entry.buffer().putInt(0, pipe.first()).putShort(4, POLLIN);
            assertThat(call.wait(entry, 1, time(0, 0))).isZero();
            pipe.write(pipe.second());
            assertThat(call.wait(entry, 1, null)).isOne();
            assertThat(entry.buffer().getShort(6)).isEqualTo(POLLIN);
            assertThat(call.wait(entry, 1, time(Integer.MAX_VALUE, 999_999_999))).isOne();
        }
    }

    @Test
    void bothEndsOfAPipeDoNotBlock() throws Exception {
        try (DescriptorPair pipe = DescriptorPair.pipe()) {
            assertThat(Errno.EAGAIN.is(pipe.read(pipe.first()))).isTrue();
            pipe.fill(pipe.second());
            assertThat(Errno.EAGAIN.is(pipe.write(pipe.second()))).isTrue();
        }
    }
}
