/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ThreadStatusTest {
    private static final List<String> NOBODY = List.of("Name:\tjava", "Uid:\t7\t7\t7\t7", "Gid:\t8\t8\t8\t8",
        "CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
        "CapBnd:\t000001ffffffffff", "CapAmb:\t0000000000000000");

    @Test
    void aThreadOfAUserKeepsNothing() {
        ThreadStatus thread = new ThreadStatus("1", NOBODY);
        assertThat(thread.keptFrom(7, 8)).isNull();
        assertThat(thread.effectiveUser()).isEqualTo(7);
        assertThat(thread.mayInherit()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "Uid: 7 7 0 7                | the user 7 7 0 7",
        "Gid: 8 8 8 0                | the group 8 8 8 0",
        "CapInh: 0000000000001000    | capabilities, CapInh 0000000000001000",
        "CapPrm: 0000000000001000    | capabilities, CapPrm",
        "CapEff: 000001ffffffffff    | capabilities, CapEff",
        "CapAmb: 8000000000000000    | capabilities, CapAmb"})
    void whatAThreadHasKeptIsNamed(String line, String kept) {
        List<String> lines = new ArrayList<>(NOBODY);
        lines.removeIf(other -> other.startsWith(line.substring(0, line.indexOf(':'))));
        lines.add(line);
        assertThat(new ThreadStatus("1", lines).keptFrom(7, 8)).startsWith(kept);
    }

    @Test
    void whatIsNotShownIsNotTakenForGivenUp() {
        assertThat(new ThreadStatus("1", List.of()).keptFrom(7, 8)).isNotNull();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void allThreadsOfThisProcessAreFound() throws Exception {
        assertThat(ThreadStatus.ofThisProcess()).hasSizeGreaterThanOrEqualTo(Thread.activeCount())
            .extracting(ThreadStatus::id).contains("" + ProcessHandle.current().pid());
    }
}
