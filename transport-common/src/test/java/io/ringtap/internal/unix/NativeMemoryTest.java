/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Memory for structs, in a JVM without the flags that the build sets. */
class NativeMemoryTest {
    /** The program of the other JVM. */
    static final class Main {
        private Main() {
        }

        public static void main(String[] arguments) {
            NativeMemory memory = NativeMemory.allocate(16);
            memory.putCString(0, "rt0");
            String name = memory.getCString(0, 16);
            memory.free();
            System.out.println("freed " + name);
        }
    }

    @Test
    void isFreedOrLeftToTheCollectorWithoutAnyFlag() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
            System.getProperty("java.class.path"), Main.class.getName()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("freed rt0");
        assertThat(process.exitValue()).isZero();
    }
}
