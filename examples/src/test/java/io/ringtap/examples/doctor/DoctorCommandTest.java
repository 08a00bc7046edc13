/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.doctor;

import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortAvailability;
import io.ringtap.examples.ChildCommand;
import io.ringtap.examples.CommandOutcome;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class DoctorCommandTest {
    private static CommandOutcome doctor(String... needs) {
        return CommandOutcome.of(new DoctorMain(), needs);
    }

    @Test
    void allKindsOfPortAndAllEventLoopsAreLookedAt() {
        CommandOutcome outcome = doctor();
        assertThat(outcome.code()).isZero();
        for (PortAvailability kind : FramePorts.load().availability()) {
            assertThat(outcome.out()).containsPattern("(?m)^  " + kind.kind() + " +"
                + (kind.isAvailable() ? "works" : "does not work: ."));
        }
        for (FrameLoop loop : FrameLoop.values()) {
            assertThat(outcome.out()).containsPattern("(?m)^  " + loop + " +"
                + (loop.isAvailable() ? "works" : "does not work: ."));
        }
        assertThat(outcome.out()).contains("JDK " + System.getProperty("java.version"), "Netty 4.2");
    }

    @Test
    void needsThatAreMetAreExitCodeZero() {
        CommandOutcome outcome = doctor("vale", FrameLoop.preferred().toString(), "vale9:d,driver=embedded");
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).contains("vale9:d,driver=embedded works, and was opened and closed again");
        assertThat(outcome.out().lines()).hasSize(3).allMatch(line -> line.contains("works"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNeedThatIsNotMetIsExitCodeOne() {
        CommandOutcome outcome = doctor("vale", "kqueue", "vmnet");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.out().lines()).hasSize(3);
        assertThat(outcome.out()).containsPattern("kqueue +does not work: ").contains("use tap:NAME");
    }

    @Test
    void aPortThatCannotBeOpenedIsExitCodeOneWithTheCause() {
        CommandOutcome outcome = doctor("netmap:none0");
        assertThat(outcome.code()).isEqualTo(1);
        assertThat(outcome.out()).contains("netmap:none0 does not work: ", "failed: E");
    }

    @Test
    void aNeedThatDoesNotExistIsExitCodeTwo() {
        CommandOutcome outcome = doctor("tap", "nothing");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("is called 'nothing': there are ", " tap, ", ", poll;");
        assertThat(doctor("tap:t0,nothing=1").code()).isEqualTo(2);
    }

    /** A process that is root without the capabilities of root. */
    @Test
    @RequiresTap
    void whoLacksThePrivilegeIsToldTheCommand() throws Exception {
        try (ChildCommand command = ChildCommand.start(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
            DoctorMain.class, "tap", "tun", "packet")) {
            String out = command.readAll();
            assertThat(command.exitCode()).isEqualTo(1);
            assertThat(out).contains("'ip tuntap add dev tap0 mode tap user ", "'ip tuntap add dev tun0 mode tun user ",
                "CAP_NET_RAW");
            assertThat(out.lines()).hasSize(3).allMatch(line -> line.contains("failed: EPERM"));
        }
    }

    @Test
    void capabilitiesThatPortsNeedAreNamed() {
        List<String> lines = new ArrayList<>();
        ThisProcess.privileges(List.of("Uid:\t1000\t1001\t1000\t1000", "CapEff:\t0000000000003000"), lines);
        ThisProcess.privileges(List.of("Uid:\t0\t0\t0\t0", "CapEff:\t000001ffffffffff"), lines);
        assertThat(lines.get(0)).startsWith("user id 1001, without CAP_BPF, CAP_SYS_ADMIN: 'sudo ")
            .contains("'--cap-add=BPF --cap-add=SYS_ADMIN'");
        assertThat(lines.get(1)).isEqualTo("user id 0, with all capabilities that ports may need");
    }

    @Test
    void aLowLimitOfDescriptorsIsNamed() {
        List<String> lines = new ArrayList<>();
        ThisProcess.descriptors(List.of("Max open files            1024                 524288               files"),
            lines);
        ThisProcess.descriptors(List.of("Max open files            unlimited            unlimited            files"),
            lines);
        assertThat(lines).containsExactly("1024 descriptors at most: 'ulimit -n 4096' allows more",
            "unlimited descriptors at most");
    }
}
