/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fuzz targets under Jazzer, which follows the coverage; one target for each run of the JVM. */
class VxlanFuzzer {
    private static final String DURATION = "10m";

    private final VxlanFuzz fuzz = new VxlanFuzz();

    @MethodSource("io.ringtap.internal.vxlan.VxlanFuzzTest#messages")
    @FuzzTest(maxDuration = DURATION)
    void receive(byte[] input) {
        fuzz.receive(input);
    }

    @MethodSource("io.ringtap.internal.vxlan.VxlanFuzzTest#frames")
    @FuzzTest(maxDuration = DURATION)
    void send(byte[] input) {
        fuzz.send(input);
    }
}
