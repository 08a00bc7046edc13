/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class DoctorHintTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "port tap:t0,up=on cannot be opened: tap:t0: ioctl(TUNSETIFF) failed: EBUSY (busy): another | doctor tap'",
        "port packet:eth0 cannot be opened: socket(AF_PACKET) failed: EPERM (Operation not permitted) | doctor packet'",
        "the io_uring event loop is unavailable: netty-transport-native-io_uring does not | doctor io_uring'",
        "netmap: open(/dev/netmap) failed: ENOENT (not there): this kernel has no | doctor netmap'",
        "something else failed: EMFILE (Too many open files) | example.sh doctor'"})
    void aFailureOfTheMachineHasAHint(String message, String hint) {
        assertThat(DoctorHint.of(message)).get().asString().contains(hint);
    }

    @Test
    void aFailureOfAnotherKindHasNone() {
        assertThat(DoctorHint.of("port tap:t0 is gone")).isEmpty();
        assertThat(DoctorHint.of("tap:lo: ioctl(TUNSETIFF) failed: EINVAL (Invalid argument)")).isEmpty();
        assertThat(DoctorHint.of("FAILED: nothing was sent")).isEmpty();
    }
}
