/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.testkit.OtherJvm;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A tap needs none of Netty's native libraries. */
class TapWithoutNativesTest {
    @Test
    void runsOnPollWithoutAnyNativeTransport() throws Exception {
        assumeTrue(Tap.isAvailable(), () -> "no tap: " + Tap.unavailabilityCause());

        OtherJvm.Result result = OtherJvm.run(OtherJvm.NO_NATIVE_TRANSPORT, TapEcho.Main.class, "rtloop1");

        assertThat(result.output()).contains("seen: 160 on poll");
        assertThat(result.status()).isZero();
        assertThat(result.output().lines().filter(line -> line.contains("[class,load]")))
            .noneMatch(line -> line.matches(".*io\\.netty\\.channel\\.(epoll|kqueue|uring|unix).*"));
    }
}
