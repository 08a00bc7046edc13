/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reader of capture files under Jazzer, which follows the coverage. */
class PcapReaderFuzzer {
    private static final String DURATION = "10m";

    private final PcapFuzz fuzz = new PcapFuzz();

    @MethodSource("io.ringtap.pcap.PcapFuzz#seeds")
    @FuzzTest(maxDuration = DURATION)
    void read(byte[] input) {
        fuzz.read(input);
    }
}
