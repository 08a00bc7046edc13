/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** The fuzz target under Jazzer, which follows the coverage: {@code -Pfuzz -Dtest=HostileDriverFuzzer}. */
class HostileDriverFuzzer {
    private final HostileDriverFuzz fuzz = new HostileDriverFuzz();

    @FuzzTest(maxDuration = "10m")
    void play(byte[] input) {
        fuzz.play(input);
    }
}
