/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RequiresTapConditionTest {
    @Test
    void runsWhereItCan() {
        assertThat(RequiresTapCondition.decide(null, null).isDisabled()).isFalse();
        assertThat(RequiresTapCondition.decide(null, "true").isDisabled()).isFalse();
    }

    @Test
    void skipsWithTheReason() {
        assertThat(RequiresTapCondition.decide("no tun", null).isDisabled()).isTrue();
        assertThat(RequiresTapCondition.decide("no tun", null).getReason()).contains("no tun");
    }

    @Test
    void neverSkipsOnABuildMachine() {
        assertThatThrownBy(() -> RequiresTapCondition.decide("no tun", "true")).hasMessageContaining("no tun");
    }
}
