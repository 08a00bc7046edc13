/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.queue.QueueFault.Kind;
import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** The fuzz target of the {@code fuzz} profile with random inputs, the same ones in every build. */
class HostileDriverFuzzTest {
    private static final int INPUTS = 20_000;

    @Test
    void randomInputs() {
        HostileDriverFuzz fuzz = new HostileDriverFuzz();
        Random random = new Random(15);
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = new byte[4 + random.nextInt(200)];
            random.nextBytes(input);
            fuzz.play(input);
        }
        assertThat(fuzz.taken()).isGreaterThan(INPUTS / 100);
        assertThat(fuzz.written()).isGreaterThan(INPUTS / 100);
        // LENGTH is about devices.
        assertThat(fuzz.faults()).containsOnlyKeys(EnumSet.complementOf(EnumSet.of(Kind.LENGTH)).toArray(new Kind[0]));
    }
}
