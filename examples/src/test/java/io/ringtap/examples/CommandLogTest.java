/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

import java.util.concurrent.Callable;
import java.util.logging.Logger;

import static org.assertj.core.api.Assertions.assertThat;

class CommandLogTest {
    /** A command that uses a library which logs. */
    @Command(name = "logging")
    static final class Logging implements Callable<Integer> {
        @Override
        public Integer call() {
            Logger.getLogger("io.ringtap.library").info("tap:t0 is open and down");
            Logger.getLogger("io.ringtap.library").fine("this is for developers");
            return 0;
        }
    }

    @Test
    void whatALibraryLogsIsALineWithoutClassAndTime() {
        // It runs twice, as each command has a standard error of its own.
        for (int i = 0; i < 2; i++) {
            assertThat(CommandOutcome.of(new Logging()).err()).endsWith("tap:t0 is open and down"
                + System.lineSeparator()).hasLineCount(1).doesNotContain("INFO", "for developers");
        }
    }
}
