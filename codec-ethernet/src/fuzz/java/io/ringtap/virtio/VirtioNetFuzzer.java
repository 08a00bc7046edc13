/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fuzz targets under Jazzer, which follows the coverage; one target for each run of the JVM. */
class VirtioNetFuzzer {
    private static final String DURATION = "10m";

    private final VirtioNetFuzz fuzz = new VirtioNetFuzz();

    @MethodSource("io.ringtap.virtio.FuzzSeeds#messages")
    @FuzzTest(maxDuration = DURATION)
    void finish(byte[] input) {
        fuzz.finish(input);
    }

    @MethodSource("io.ringtap.virtio.FuzzSeeds#messages")
    @FuzzTest(maxDuration = DURATION)
    void segmentPartially(byte[] input) {
        fuzz.segmentPartially(input);
    }

    @MethodSource("io.ringtap.virtio.FuzzSeeds#messages")
    @FuzzTest(maxDuration = DURATION)
    void convert(byte[] input) {
        fuzz.convert(input);
    }

    @MethodSource("io.ringtap.virtio.FuzzSeeds#rows")
    @FuzzTest(maxDuration = DURATION)
    void coalesce(byte[] input) {
        fuzz.coalesce(input);
    }
}
