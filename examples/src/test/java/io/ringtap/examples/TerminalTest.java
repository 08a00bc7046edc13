/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class TerminalTest {
    /** Runs in a JVM of its own, with or without a terminal as its standard streams. */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) {
            System.out.println("interactive=" + Terminal.isInteractive());
        }
    }

    private static List<String> java() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
            "-cp", System.getProperty("java.class.path"), Main.class.getName());
    }

    private static String run(List<String> command, String terminalType, String noColor) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectInput(new File("/dev/null"));
        builder.environment().remove("NO_COLOR");
        builder.environment().put("TERM", terminalType);
        if (noColor != null) {
            builder.environment().put("NO_COLOR", noColor);
        }
        Path output = Files.createTempFile("terminal", ".out");
        try {
            Process process = builder.redirectOutput(output.toFile()).start();
            try {
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            return Files.readString(output, StandardCharsets.UTF_8);
        } finally {
            Files.delete(output);
        }
    }

    /** Runs it in a terminal that script(1) of util-linux makes. */
    private static String runInTerminal(String terminalType, String noColor) throws Exception {
        try {
            assumeTrue(run(List.of("script", "--version"), "xterm", null).contains("util-linux"), "another script(1)");
        } catch (IOException e) {
            assumeTrue(false, "there is no script(1): " + e.getMessage());
        }
        String quoted = "'" + String.join("' '", java()) + "'";
        return run(List.of("script", "-q", "-e", "-c", quoted, "/dev/null"), terminalType, noColor);
    }

    @ParameterizedTest
    @CsvSource({"xterm,,true", "xterm,1,true", "dumb,,false"})
    void aTerminalIsOneWithoutColourToo(String type, String noColor, boolean interactive) throws Exception {
        assertThat(runInTerminal(type, noColor)).contains("interactive=" + interactive);
    }

    @Test
    void aFileIsNone() throws Exception {
        assertThat(run(java(), "xterm", null)).contains("interactive=false");
    }
}
