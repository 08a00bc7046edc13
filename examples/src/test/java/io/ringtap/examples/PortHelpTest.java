/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortType;
import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.examples.capture.CaptureMain;
import io.ringtap.examples.echo.EchoMain;
import io.ringtap.examples.pktgen.PktgenMain;
import io.ringtap.examples.vpn.VpnMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** The keys of ports in the help of the commands. */
class PortHelpTest {
    static Stream<PortCommand> commands() {
        return Stream.of(new BridgeMain(), new CaptureMain(), new EchoMain(), new PktgenMain(), new VpnMain());
    }

    private static String help(PortCommand command) {
        CommandOutcome outcome = CommandOutcome.of(command, "--help");
        assertThat(outcome.code()).isZero();
        return outcome.out();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void theHelpOfEachCommandHasTheKeysOfItsPorts(PortCommand command) {
        String help = help(command);
        FramePorts known = FramePorts.load();
        List<PortType> types = command.linkLayer().map(known::carrying).orElse(known).types();
        assertThat(types).isNotEmpty();
        for (PortType type : types) {
            assertThat(help).contains("  " + type.syntax());
            for (PortType.Key key : type.keys()) {
                assertThat(help).contains("\n  " + key.name() + '=' + key.values());
            }
        }
        assertThat(help.lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void everyKeySaysWhatItSets() {
        assertThat(FramePorts.load().types()).isNotEmpty().allSatisfy(type -> assertThat(type.keys()).isNotEmpty()
            .allSatisfy(key -> assertThat(key.description()).as(key.name()).isNotBlank().doesNotEndWith(".")));
    }

    @Test
    void portsThatACommandRefusesAreNotInItsHelp() {
        assertThat(help(new EchoMain())).contains("tap:NAME").doesNotContain("tun:NAME");
        assertThat(help(new VpnMain())).contains("tun:NAME").doesNotContain("tap:NAME").doesNotContain("lent=");
    }

    @Test
    void theBridgeHasKeysOfItsOwnBesides() {
        assertThat(help(new BridgeMain())).contains("queues=N", "gro=on|off", "fault=", "rate=", "owner=", "netns=");
    }
}
