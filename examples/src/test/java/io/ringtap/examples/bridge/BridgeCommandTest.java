/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.examples.ExampleCommand;
import io.ringtap.testing.RequiresTap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeCommandTest {
    private record Outcome(int code, String out, String err) {
    }

    private static Outcome run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            int code = ExampleCommand.run(new BridgeMain(), arguments);
            return new Outcome(code, outBytes.toString(StandardCharsets.UTF_8),
                errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "tap:a                        | two ports or more",
        "--demo tap:a                 | makes its own ports",
        "tap:a tap:b,mtu=9            | '9' is no value for mtu: expected 68-65521",
        "tap:a tap:b,colour=red       | unknown key 'colour'",
        "tap:a nowhere:b              | no backend is called that; there are",
        "tap:a tap:0123456789abcdef   | too long",
        "tap:a tap:b --loop nio       | no event loop is named 'nio'",
        "tap:a tap:b --threads 0      | --threads 0",
        "tap:a tap:b --threads two    | --threads",
        "tap:a tap:b --age 0          | ageing of 0 s",
        "tap:a tap:b --max-addresses 0| max addresses 0",
        "tap:a tap:b --stats -1       | --stats -1",
        "tap:a tap:b --colour         | --colour",
    })
    void aWrongArgumentIsOneLineAndExitCode2(String arguments, String message) {
        Outcome outcome = run(arguments.split(" +"));
        assertThat(outcome.code).isEqualTo(2);
        assertThat(outcome.err.strip().lines()).hasSize(1).first().asString().startsWith("bridge: ").contains(message);
        assertThat(outcome.out).isEmpty();
    }

    @Test
    void helpAndVersionAreNoErrors() {
        assertThat(run("--help").out).contains("--demo", "--loop", "--age", "--max-addresses", "--stats");
        assertThat(run("--help").code).isZero();
        assertThat(run("--version").out).startsWith("ringtap ");
    }

    @Test
    @RequiresTap
    void aPortThatCannotBeOpenedIsOneLineAndExitCode1() {
        Outcome outcome = run("tap:lo", "tap:rtnever");
        assertThat(outcome.code).isEqualTo(1);
        assertThat(outcome.err.strip().lines()).hasSize(1).first().asString()
            .startsWith("bridge: port tap:lo cannot be opened: ").contains("EINVAL", "choose another name");
    }

    @Test
    @RequiresTap
    void theDemoPassesAndSaysSo() {
        Outcome outcome = run("--demo");
        assertThat(outcome.code).as(outcome.out + outcome.err).isZero();
        assertThat(outcome.err).isEmpty();
        assertThat(outcome.out).contains("demo passed: 20 of 20 pings answered", "equal digests", "totals:");
    }
}
