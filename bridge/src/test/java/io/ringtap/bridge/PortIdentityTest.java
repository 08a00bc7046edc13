/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortIdentity;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class PortIdentityTest {
    private static boolean overlap(String one, String other) {
        PortIdentity first = FramePorts.parse(one).identity();
        PortIdentity second = FramePorts.parse(other).identity();
        assertThat(second.overlaps(first)).isEqualTo(first.overlaps(second));
        return first.overlaps(second);
    }

    @ParameterizedTest
    @CsvSource({"tap:a,tap:b", "tap:t%d,tap:t%d", "tap:vale0,vale0:1", "vale0:1,vale0:2", "vale0:1,vale1:1",
        "netmap:em0,netmap:em0^", "netmap:em0-0,netmap:em0-1", "netmap:em0^0,netmap:em0^1", "netmap:em0-0,netmap:em0^0",
        "netmap:em0,netmap:em1", "vale0:1{1,vale0:1}1", "vale0:1,vale0:1{1", "vale0:1,vale0:1/t"})
    void otherPortsAreOthers(String one, String other) {
        assertThat(overlap(one, other)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"netmap:em0-1,netmap:em0-1", "netmap:em0-1,netmap:em0*", "netmap:em0^1,netmap:em0^",
        "vale0:1/t,vale0:1/t"})
    void ringsThatBothHaveAreTheSame(String one, String other) {
        assertThat(overlap(one, other)).isTrue();
    }

    @Test
    void aPortOfTheKernelIsNoneOfThisJvm() {
        assertThat(overlap("vale0:1,driver=kernel", "vale0:1,driver=embedded")).isFalse();
        assertThat(overlap("vale0:1,driver=embedded", "vale0:1,driver=embedded,lent=5")).isTrue();
    }

    @Test
    @RequiresTap
    void aNamespaceIsTheSameUnderAllItsNames() throws IOException {
        try (TestNamespace one = TestNamespace.create(); TestNamespace other = TestNamespace.create()) {
            String name = "tap:a,netns=" + one.name();
            assertThat(overlap(name, "tap:a,up=on,netns=/run/netns/" + one.name())).isTrue();
            assertThat(overlap(name, "tap:a,netns=/var/run/netns/" + one.name())).isTrue();
            assertThat(overlap(name, "tap:a,netns=" + other.name())).isFalse();
            assertThat(overlap(name, "tap:a")).isFalse();
        }
    }
}
