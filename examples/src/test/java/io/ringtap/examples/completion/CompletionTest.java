/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.completion;

import io.ringtap.examples.CommandOutcome;
import io.ringtap.examples.bridge.BridgeMain;
import io.ringtap.examples.pktgen.PktgenMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

class CompletionTest {
    @TempDir
    Path folder;

    private static String script() {
        CommandOutcome outcome = CommandOutcome.of(new CompletionMain(), "run-example.sh",
            "bridge=" + BridgeMain.class.getName(), "pktgen=" + PktgenMain.class.getName());
        assertThat(outcome.code()).as(outcome.err()).isZero();
        return outcome.out();
    }

    private String run(String shell, String text) throws Exception {
        Path file = Files.writeString(folder.resolve("text.sh"), text);
        Process process;
        try {
            process = new ProcessBuilder(shell, file.toString()).redirectErrorStream(true)
                .redirectInput(new File("/dev/null")).start();
        } catch (IOException e) {
            assumeTrue(false, "there is no " + shell);
            throw e;
        }
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Does what bash does when the Tab key is pressed after these words. */
    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "'' | bridge pktgen", "pk | pktgen", "bridge --loo | --loop",
        "bridge --loop '' | auto epoll io_uring kqueue poll", "pktgen -f '' | tx rx ping pong"
    }, delimiter = '|')
    void bashCompletesNamesOptionsAndValues(String words, String expected) throws Exception {
        String output = run("bash", script() + "\nCOMP_WORDS=(./run-example.sh " + words + ")\n"
            + "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\nCOMP_LINE=${COMP_WORDS[*]}\n"
            + "completion=$(complete -p run-example.sh)\ncompletion=${completion#*-F }\n"
            + "${completion%% *} run-example.sh \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\""
            + " 2>/dev/null\necho \"${COMPREPLY[*]}\"\n");
        assertThat(output.strip()).isEqualTo(expected);
    }

    @Test
    void zshTakesTheScript() throws Exception {
        assertThat(run("zsh", script() + "\necho \"${_comps[run-example.sh]}\"\n")).contains("_complete_run-example");
    }

    @Test
    void aNameOfNoExampleIsAWrongArgument() {
        CommandOutcome outcome = CommandOutcome.of(new CompletionMain(), "run-example.sh", "none=no.such.Class");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.err().strip().lines()).hasSize(1);
        assertThat(List.of(outcome.out())).containsExactly("");
    }
}
