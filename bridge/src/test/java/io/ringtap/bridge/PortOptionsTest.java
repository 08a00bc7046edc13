/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.FaultSpec;
import io.ringtap.ethernet.RateSpec;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PortOptionsTest {
    private static PortOptions of(String port) {
        return PortOptions.of(FramePorts.load().parse(port, PortOptions.KEYS));
    }

    @Test
    void aTapHasAsManyQueuesAsItSays() {
        assertThat(of("tap:a").queues()).isOne();
        assertThat(of("tap:a,queues=1,rate=10mbit").queues()).isOne();
        assertThat(of("tap:a,mtu=1400,queues=2,vnet=12").queues()).isEqualTo(2);
        assertThat(of("tap:a,queues=256").queues()).isEqualTo(256);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "tap:a,queues=0           | '0' is no value for queues: expected 1-256",
        "tap:a,queues=257         | '257' is no value for queues",
        "tap:a,queues=-1          | '-1' is no value for queues",
        "tap:a,queues=two         | 'two' is no value for queues",
        "vale0:a,queues=2         | has no queues to choose from",
        "tap:a,queues=2,rate=1pps | fault and rate are for a port of one queue",
        "tap:a,fault=drop=2       | port 'tap:a,fault=drop=2', character 13: ",
        "tap:a,rate=fast          | character 12: ",
    })
    void anythingElseIsWrong(String port, String message) {
        assertThatThrownBy(() -> of(port)).isInstanceOf(PortSyntaxException.class).hasMessageContaining(message);
    }

    @Test
    void whatStandsBehindTheNameComesFirst() {
        PortOptions base = PortOptions.builder().gro(true).vnetHeaders(VnetHeaderLength.LEGACY)
            .rate(RateSpec.parse("10mbit")).build();
        PortOptions read = base.with(FramePorts.load().parse("tap:a,queues=1,fault=drop=1+seed=7", PortOptions.KEYS));
        assertThat(read.isGro()).isTrue();
        assertThat(read.vnetHeaders()).containsExactly(VnetHeaderLength.LEGACY);
        assertThat(read.fault()).isEqualTo(FaultSpec.parse("drop=1,seed=7"));
        assertThat(read.rate()).isEqualTo(RateSpec.parse("10mbit"));
        assertThat(base.fault()).isNull();
    }

    @Test
    void optionsThatContradictEachOtherAreRefused() {
        assertThatThrownBy(() -> PortOptions.builder().queues(0)).hasMessageContaining("0 queues");
        PortOptions.Builder builder = PortOptions.builder().queues(2).fault(FaultSpec.parse("drop=0.5"));
        assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("fault and rate are for a port of one queue");
    }
}
