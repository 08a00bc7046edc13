/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PortQueuesTest {
    private static int count(String port) {
        return PortQueues.of(FramePorts.load().parse(port, BridgePort.KEYS)).count();
    }

    @Test
    void aTapHasAsManyAsItSays() {
        assertThat(count("tap:a")).isOne();
        assertThat(count("tap:a,queues=1,rate=10mbit")).isOne();
        assertThat(count("tap:a,mtu=1400,queues=2,vnet=12")).isEqualTo(2);
        assertThat(count("tap:a,queues=256")).isEqualTo(256);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "tap:a,queues=0           | '0' is no value for queues: expected 1-256",
        "tap:a,queues=257         | '257' is no value for queues",
        "tap:a,queues=-1          | '-1' is no value for queues",
        "tap:a,queues=two         | 'two' is no value for queues",
        "vale0:a,queues=2         | has no queues to choose from",
        "tap:a,queues=2,rate=1pps | fault and rate are for a port of one queue",
    })
    void anythingElseIsWrong(String port, String message) {
        assertThatThrownBy(() -> count(port)).isInstanceOf(PortSyntaxException.class).hasMessageContaining(message);
    }
}
