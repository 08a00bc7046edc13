/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.vpn;

import io.ringtap.examples.CommandOutcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The arguments that the tunnel refuses, and the messages. */
class VpnCommandTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "--demo --loop poll                                     | --loop poll carries no sockets",
        "--demo tun:a                                           | --demo makes its own ends",
        "--listen 0.0.0.0:1 --peer 127.0.0.1:1                  | a PORT is missing, such as tun:vpn0",
        "tun:a --peer 127.0.0.1:1                               | --listen is missing",
        "tun:a --listen 0.0.0.0:1                               | --peer is missing",
        "tun:a --listen 0.0.0.0 --peer 127.0.0.1:1              | --listen 0.0.0.0: expected ADDRESS:PORT",
        "tun:a --listen 0.0.0.0:1 --peer 127.0.0.1:0            | --peer 127.0.0.1:0: the port is 1 to 65535",
        "tun:a --listen 0.0.0.0:1 --peer host.invalid:1         | no address is known for host.invalid",
        "tun:a --listen 127.0.0.1:1 --peer 127.0.0.1:1          | --listen and --peer are the same address",
        "tun:a --listen 0.0.0.0:1 --peer [::1]:1                | --listen and --peer are of two address families",
        "tap:a --listen 0.0.0.0:1 --peer 127.0.0.1:1            | tap:a is no TUN device",
    })
    void aWrongArgumentIsOneLineAndExitCode2(String arguments, String message) {
        CommandOutcome outcome = CommandOutcome.of(new VpnMain(), arguments.split(" +"));
        assertThat(outcome.code()).as(outcome.toString()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1).first().asString().startsWith("vpn: ").contains(message);
        assertThat(outcome.out()).isEmpty();
    }
}
