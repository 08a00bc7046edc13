/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.EnumSet;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SpecParsingTest {
    private static final Set<FrameDirection> BOTH = EnumSet.allOf(FrameDirection.class);

    @Test
    void readsFaults() {
        assertThat(FaultSpec.parse("drop=0.01,corrupt=0.5,duplicate=1,reorder=0,delay=5ms@0.25,limit=7,seed=-42,"
            + "direction=in")).isEqualTo(new FaultSpec(0.01, 0.5, 1, 0, 5_000_000, 0.25, 7, -42,
            Set.of(FrameDirection.INBOUND)));
        assertThat(FaultSpec.parse(" delay = 1.5us , seed=1"))
            .isEqualTo(new FaultSpec(0, 0, 0, 0, 1500, 1, 1000, 1, BOTH));
        assertThat(FaultSpec.parse("delay=3s").delayNanos()).isEqualTo(3_000_000_000L);
        assertThat(FaultSpec.parse("delay=250ns").delayNanos()).isEqualTo(250);
        assertThat(FaultSpec.parse("drop=1").seed()).isNotEqualTo(FaultSpec.parse("drop=1").seed());
    }

    @Test
    void readsRates() {
        Set<FrameDirection> out = Set.of(FrameDirection.OUTBOUND);
        assertThat(RateSpec.parse("10mbit,burst=64k")).isEqualTo(new RateSpec(10_000_000, 0, 65_536, 1, 1000, out));
        assertThat(RateSpec.parse("1.5Gbit")).isEqualTo(new RateSpec(1_500_000_000, 0, 1_875_000, 1, 1000, out));
        assertThat(RateSpec.parse("5kpps,800bit,burst=1500,burst-frames=3,queue=0,direction=both"))
            .isEqualTo(new RateSpec(800, 5000, 1500, 3, 0, BOTH));
        assertThat(RateSpec.parse("5000pps").burstFrames()).isEqualTo(50);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "\"\"|it is empty",
        "drop=0.1,|a part is empty",
        "drop=1.1|drop takes a probability from 0 to 1, not '1.1'",
        "drop=x|drop takes a probability from 0 to 1, not 'x'",
        "drop=NaN|not 'NaN'",
        "drop=|not ''",
        "drop=0.1,drop=0.2|'drop' is given twice",
        "drop|'drop' is no setting; known are drop, corrupt",
        "loss=0.1|'loss' is not known; known are drop, corrupt",
        "delay=5|delay takes a time such as 5ms, at most 3600s, not '5'",
        "delay=5m|not '5m'",
        "delay=-5ms|not '-5ms'",
        "delay=3601s|not '3601s'",
        "delay=1e3s|not '1e3s'",
        "delay=5ms@2|delay takes a probability from 0 to 1, not '2'",
        "limit=0|limit takes a whole number from 1 to 1000000, not '0'",
        "seed=1.5|seed takes",
        "direction=up|direction is in, out or both, not 'up'"})
    void saysWhatIsWrongWithFaults(String spec, String message) {
        assertThatThrownBy(() -> FaultSpec.parse(spec)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("fault '" + spec + "': ").hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "burst=64k|a rate is missing, such as 10mbit or 5000pps",
        "10|'10' is no setting; known are a rate such as 10mbit",
        "0mbit|'0mbit' is no setting",
        "-1mbit|'-1mbit' is no setting",
        "10mbit,20mbit|a second rate of bits: '20mbit'",
        "10pps,1kpps|a second rate of frames: '1kpps'",
        "10mbit,burst=0|burst takes a size such as 64k",
        "10mbit,burst=3g|burst takes a size such as 64k",
        "10mbit,burst=64kb|not '64kb'",
        "10mbit,burst-frames=0|burst-frames takes a whole number",
        "10mbit,rate=1|'rate' is not known"})
    void saysWhatIsWrongWithRates(String spec, String message) {
        assertThatThrownBy(() -> RateSpec.parse(spec)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("rate '" + spec + "': ").hasMessageContaining(message);
    }

    @Test
    void recordsCheckThemselves() {
        assertThatThrownBy(() -> new FaultSpec(2, 0, 0, 0, 0, 1, 1, 1, BOTH)).hasMessageContaining("drop 2.0");
        assertThatThrownBy(() -> new FaultSpec(0, 0, 0, 0, -1, 1, 1, 1, BOTH)).hasMessageContaining("-1 ns");
        assertThatThrownBy(() -> new RateSpec(0, 0, 1, 1, 1, BOTH)).hasMessageContaining("no rate");
        assertThatThrownBy(() -> new RateSpec(1, 0, 0, 1, 1, BOTH)).hasMessageContaining("no burst");
    }
}
