/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VnetHeaderLengthTest {
    @ParameterizedTest
    @CsvSource({"0,NONE", "10,LEGACY", "12,MERGEABLE", "20,HASH", "24,TUNNEL"})
    void namesEveryLegalLength(int bytes, VnetHeaderLength length) {
        assertThat(VnetHeaderLength.ofBytes(bytes)).isSameAs(length);
        assertThat(length.bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 9, 11, 13, 16, 22, 25})
    void refusesOtherLengths(int bytes) {
        assertThatThrownBy(() -> VnetHeaderLength.ofBytes(bytes))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not " + bytes);
    }

    @Test
    void growsInOrder() {
        assertThat(VnetHeaderLength.values()).isSortedAccordingTo(
            (a, b) -> Integer.compare(a.bytes(), b.bytes()));
    }
}
