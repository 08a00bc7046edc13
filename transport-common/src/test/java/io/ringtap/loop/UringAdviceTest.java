/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class UringAdviceTest {
    private static final String EPERM = "failed to create io_uring ring fd: Operation not permitted";

    @Test
    void theSwitchOfTheKernelIsLookedAtFirst() {
        assertThat(UringAdvice.of("1", EPERM)).contains("CAP_SYS_ADMIN").contains("kernel.io_uring_disabled=0");
        assertThat(UringAdvice.of("2", EPERM)).contains("everybody").contains("kernel.io_uring_disabled=0");
    }

    @Test
    void whoeverRefusesWithoutTheSwitchIsAFilter() {
        assertThat(UringAdvice.of("0", EPERM)).contains("filter of system calls").contains("seccomp");
        assertThat(UringAdvice.of("0", "Permission denied")).contains("filter of system calls");
    }

    @Test
    void nothingIsAdvisedWhereNothingIsKnown() {
        assertThat(UringAdvice.of("0", "Cannot allocate memory")).contains("ulimit -l");
        assertThat(UringAdvice.of("0", "no netty_transport_native_io_uring in java.library.path")).isEmpty();
    }
}
