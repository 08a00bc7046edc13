/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.examples.echo.EchoMain;
import io.ringtap.examples.pktgen.PktgenMain;
import io.ringtap.examples.vpn.VpnMain;
import io.ringtap.testkit.RequiresTap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/** How a command ends that is stopped by a signal, and its exit code. */
@Timeout(120)
class StopSignalTest {
    private static final List<String> HERE = List.of();

    /** A command that waits for the signal. */
    @Command(name = "waiting")
    static final class Waiting implements Callable<Integer> {
        @Parameters
        private String then;

        public static void main(String[] arguments) {
            System.exit(ExampleCommand.run(new Waiting(), arguments));
        }

        @Override
        public Integer call() throws Exception {
            try (StopSignal stop = new StopSignal()) {
                stop.beforeHalt(() -> System.out.println("the terminal is given back"));
                System.out.println("waiting");
                stop.requested().get();
                switch (then) {
                    case "fail" -> throw new IOException("the last write has failed");
                    case "hang" -> Thread.sleep(60_000);
                    default -> { }
                }
                return Integer.parseInt(then);
            }
        }
    }

    private static void assertStopped(ChildCommand child, int code, String... lastWords) throws Exception {
        String rest = child.readAll();
        assertThat(child.exitCode()).as(rest).isEqualTo(code);
        assertThat(rest).doesNotContain("FAILED", "Exception");
        for (String words : lastWords) {
            assertThat(rest).contains(words);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void aCommandThatIsStoppedExitsWithItsOwnCode(String signal) throws Exception {
        for (int code : new int[] {0, 1, 7}) {
            try (ChildCommand child = ChildCommand.start(HERE, Waiting.class, "" + code)) {
                child.readUntil("waiting");
                child.signal(signal);
                assertStopped(child, code);
            }
        }
    }

    @Test
    void aFailureWhileItIsStoppedIsToldAndExitCode1() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, Waiting.class, "fail")) {
            child.readUntil("waiting");
            child.signal("TERM");
            assertStopped(child, 1, "waiting: the last write has failed");
        }
    }

    @Test
    void aCommandThatDoesNotStopIsEndedWithExitCode1() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, Waiting.class, "hang")) {
            child.readUntil("waiting");
            child.signal("TERM");
            assertStopped(child, 1, "the terminal is given back", "not stopped within 2000 ms");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"two hosts", "left pings 192.0.2.2", "right pings 2001:db8::1"})
    void anInterruptedDemoNeitherPassesNorFails(String when) throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, BridgeMain.class, "--demo", "--embedded")) {
            child.readUntil(when.equals("two hosts") ? "are joined by" : when);
            child.signal("INT");
            assertStopped(child, 1, "demo interrupted");
        }
    }

    @Test
    @RequiresTap
    void anInterruptedDemoOfTapsNeitherPassesNorFails() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, BridgeMain.class, "--demo")) {
            child.readUntil("right pings 2001:db8::1");
            child.signal("INT");
            assertStopped(child, 1, "demo interrupted");
        }
    }

    @Test
    @RequiresTap
    void anInterruptedDemoOfTheTunnelNeitherPassesNorFails() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, VpnMain.class, "--demo")) {
            child.readUntil("right pings 2001:db8::1");
            child.signal("INT");
            assertStopped(child, 1, "demo interrupted");
        }
    }

    @Test
    void aGeneratorThatHasSentNothingFails() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, PktgenMain.class, "-i", "vale0:1,driver=embedded", "-f",
            "tx", "-w", "60")) {
            child.readUntil("waiting 60 s");
            child.signal("TERM");
            assertStopped(child, 1, "pktgen: port vale0:1,driver=embedded: 0 of 0 frames were sent");
        }
    }

    @Test
    void commandsThatRunUntilTheyAreStoppedEndWithTheirCountersAndExitCode0() throws Exception {
        try (ChildCommand child = ChildCommand.start(HERE, EchoMain.class, "vale0:1,driver=embedded")) {
            child.readUntil("answering for");
            child.signal("TERM");
            assertStopped(child, 0, "rx 0 frames");
        }
        try (ChildCommand child = ChildCommand.start(HERE, PktgenMain.class, "-i", "vale0:1,driver=embedded")) {
            child.readUntil("rx vale0:1");
            child.signal("TERM");
            assertStopped(child, 0, "total rx vale0:1,driver=embedded: 0 frames");
        }
        try (ChildCommand child = ChildCommand.start(HERE, BridgeMain.class, "vale0:1,driver=embedded",
            "vale1:1,driver=embedded")) {
            child.readUntil("port 1");
            child.signal("TERM");
            assertStopped(child, 0, "totals:");
        }
    }
}
