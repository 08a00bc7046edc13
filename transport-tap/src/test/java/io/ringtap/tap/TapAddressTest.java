/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TapAddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"tap0", "t", "a-b_c.d", "tap%d", "%d", "x%dy", "fifteen-octets-"})
    void namesThatAnInterfaceMayHave(String name) {
        TapAddress address = new TapAddress(name);
        assertThat(address.name()).isEqualTo(name);
        assertThat(address.isPattern()).isEqualTo(name.contains("%"));
        assertThat(address).hasToString("tap:" + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sixteen-octets-x", ".", "..", "a/b", "a b", "a:b", "a\tb", "b\u00fc", "a%", "a%s",
        "%d%d", "a\u007f", "a\u0000"})
    void namesThatNoInterfaceCanHave(String name) {
        assertThatThrownBy(() -> new TapAddress(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theMessageSaysWhere() {
        assertThatThrownBy(() -> new TapAddress("ab/c")).hasMessageContainingAll("'ab/c'", "character 3");
        assertThatThrownBy(() -> new TapAddress("sixteen-octets-x")).hasMessageContainingAll("16", "at most 15");
        assertThatThrownBy(() -> new TapAddress(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void equality() {
        assertThat(new TapAddress("a")).isEqualTo(new TapAddress("a")).hasSameHashCodeAs(new TapAddress("a"))
            .isNotEqualTo(new TapAddress("b"));
    }
}
