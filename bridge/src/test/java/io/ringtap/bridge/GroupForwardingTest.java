/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GroupForwardingTest {
    private static final long FIRST = 0x0180_c200_0000L;

    @Test
    void readsAMaskAsTheKernelDoes() {
        assertThat(GroupForwarding.parse("0")).isEqualTo(GroupForwarding.BPDUS);
        assertThat(GroupForwarding.parse("0x4000")).isEqualTo(new GroupForwarding(1 << 14));
        assertThat(GroupForwarding.parse("16392").passes(FIRST + 14)).isTrue();
        assertThat(GroupForwarding.parse("16392").passes(FIRST + 3)).isTrue();
        assertThat(GroupForwarding.parse("16392").passes(FIRST + 4)).isFalse();
        assertThat(GroupForwarding.parse("0xfff8").mask()).isEqualTo(0xfff8);
    }

    @ParameterizedTest
    @CsvSource({"0x1,bits 0 to 2", "2,bits 0 to 2", "4,bits 0 to 2", "0xffff,bits 0 to 2", "0x10000,16 addresses",
        "-8,16 addresses", "lldp,no number", "'',no number"})
    void refusesWhatIsNoMask(String text, String problem) {
        assertThatThrownBy(() -> GroupForwarding.parse(text)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(problem);
    }
}
