/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

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
        assertThat(FramePorts.parse(address.toString()).address()).isEqualTo(address);
        assertThat(FramePorts.parse(new TunAddress(name).toString()).address()).isEqualTo(new TunAddress(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "[a", "a]", "a],b", "a\\b", "a\\x1b", "=,x=", "\u001b[31m",
        "\u00e9t\u00e9", "\u007f"})
    void anyNameThatTheKernelTellsIsReadBack(String name) {
        for (InterfaceAddress address : List.of(TapAddress.told(name), TunAddress.told(name))) {
            FramePort port = FramePorts.parse(address.toString());
            assertThat(port.address()).isEqualTo(address);
            assertThat(((InterfaceAddress) port.address()).name()).isEqualTo(name);
            assertThat(port.options()).isEmpty();
            assertThat(FramePorts.parse(address + ",mtu=1400").options()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\x2fb", "a\\x20b", "\\x00", "a\\x3ab", "\\x2e\\x2e", "\\x41more-than-fifteen"})
    void escapesOfWhatNoInterfaceHas(String name) {
        assertThatThrownBy(() -> FramePorts.parse("tap:" + name)).isInstanceOf(PortSyntaxException.class);
    }

    @Test
    void withoutANameTheKernelChooses() {
        assertThat(new TapAddress()).isEqualTo(new TapAddress("tap%d"));
        assertThat(new TunAddress().isPattern()).isTrue();
        assertThat(FramePorts.parse(new TunAddress().toString()).address()).isEqualTo(new TunAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tun0", "tun12", "tun%d", "utun3"})
    void bareNamesOfTuns(String name) {
        FramePort port = FramePorts.parse(name + ",mtu=1400");
        assertThat(port.address()).isEqualTo(new TunAddress(name));
        assertThat(port.factory().newChannel()).isInstanceOf(TunChannel.class);
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
