/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The system properties, and what becomes of a class of tests without them. */
class AgentAddressTest {
    @Test
    void theProperties() {
        assertThat(AgentAddress.parse("guest.example:4000", "secret", "/tmp/ram"))
            .isEqualTo(new AgentAddress("guest.example", 4000, "secret", Path.of("/tmp/ram")))
            .hasToString("guest.example:4000");
        assertThat(AgentAddress.parse("::1:4000", "secret", "").host()).isEqualTo("::1");
        assertThat(AgentAddress.parse("", "", "")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"guest", "guest:", ":4000", "guest:port", "guest:123456", "guest:-1"})
    void whatIsNoHostAndPort(String machine) {
        assertThatThrownBy(() -> AgentAddress.parse(machine, "secret", ""))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-Dringtap.freebsd=" + machine)
            .hasMessageContaining("HOST:PORT");
    }

    @Test
    void aPortOutOfRangeAndATokenThatIsMissingOrTooLong() {
        assertThatThrownBy(() -> AgentAddress.parse("guest:65536", "secret", ""))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("port 65536");
        for (String token : new String[] {"", "x".repeat(65)}) {
            assertThatThrownBy(() -> AgentAddress.parse("guest:4000", token, ""))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-Dringtap.freebsd.token");
        }
    }

    @Test
    void aClassIsSkippedWithTheSentenceThatNamesTheProperty() {
        assertThat(FreeBsdExtension.decide(null, false)).matches(result -> result.isDisabled())
            .extracting(result -> result.getReason().orElseThrow()).asString().contains("-Dringtap.freebsd=HOST:PORT");
        AgentAddress withoutMemory = AgentAddress.parse("guest:4000", "secret", "");
        assertThat(FreeBsdExtension.decide(withoutMemory, false).isDisabled()).isFalse();
        assertThat(FreeBsdExtension.decide(withoutMemory, true)).matches(result -> result.isDisabled())
            .extracting(result -> result.getReason().orElseThrow()).asString().contains("-Dringtap.freebsd.ram=FILE");
        assertThat(FreeBsdExtension.decide(AgentAddress.parse("guest:4000", "secret", "ram"), true).isDisabled())
            .isFalse();
    }
}
