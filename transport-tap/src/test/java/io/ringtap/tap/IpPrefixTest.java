/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class IpPrefixTest {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::1/64", "::1/128", "fe80::1/10"})
    void whatIsReadIsWrittenAgain(String text) {
        IpPrefix prefix = IpPrefix.parse(text);
        assertThat(prefix).hasToString(text);
        assertThat(IpPrefix.of(prefix.address().getAddress(), prefix.length())).isEqualTo(prefix)
            .hasSameHashCodeAs(prefix);
        assertThat(prefix.isIpv4()).isEqualTo(text.contains("."));
    }

    @ParameterizedTest
    @CsvSource({"2001:0DB8:0:0::0001/64, 2001:db8::1/64", "192.0.2.1/09, 192.0.2.1/9"})
    void otherWaysToWriteIt(String text, String shortest) {
        assertThat(IpPrefix.parse(text)).hasToString(shortest);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "192.0.2.1           | lacks the length of its prefix: write 192.0.2.1/32",
        "2001:db8::1         | write 2001:db8::1/128",
        "192.0.2.1/33        | IPv4 has 0 to 32",
        "2001:db8::1/129     | IPv6 has 0 to 128",
        "192.0.2.1/          | does not end with the length of a prefix",
        "192.0.2.1/-1        | does not end with the length of a prefix",
        "192.0.2.1/24/24     | does not end with the length of a prefix",
        "192.0.2/24          | is no IP address",
        "localhost/24        | is no IP address",
        "[2001:db8::1]/64    | is no IP address",
        "fe80::1%eth0/64     | is no IP address",
        "::ffff:192.0.2.1/96 | write it as 192.0.2.1",
        "/24                 | is no IP address",
    })
    void whatIsWrittenWrongly(String text, String problem) {
        assertThatThrownBy(() -> IpPrefix.parse(text)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(problem);
    }

    @Test
    void aHostNameIsNoPartOfIt() throws Exception {
        InetAddress named = InetAddress.getByAddress("gateway", new byte[] {(byte) 192, 0, 2, 1});
        IpPrefix prefix = new IpPrefix(named, 24);
        assertThat(prefix).isEqualTo(IpPrefix.parse("192.0.2.1/24")).hasToString("192.0.2.1/24");
        assertThat(prefix).isNotEqualTo(IpPrefix.parse("192.0.2.1/25"));
        assertThatThrownBy(() -> new IpPrefix(named, 33)).isInstanceOf(IllegalArgumentException.class);
    }
}
