/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages of vhost-user under Jazzer, which follows the coverage. */
class VhostMessageFuzzer {
    private static final String DURATION = "10m";

    private final VhostMessageFuzz fuzz = new VhostMessageFuzz();

    @MethodSource("io.ringtap.internal.vhost.wire.VhostMessageFuzz#seeds")
    @FuzzTest(maxDuration = DURATION)
    void read(byte[] input) {
        fuzz.read(input);
    }
}
