/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@EnabledOnOs(OS.LINUX)
class PinnedThreadsTest {
    /** The processors that the calling thread may run on, by proc(5). */
    private static String allowed() {
        try {
            return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:")).map(line -> line.substring(18).strip())
                .findFirst().orElseThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String allowedToAThreadOf(PinnedThreads threads) throws Exception {
        CompletableFuture<String> allowed = new CompletableFuture<>();
        threads.newThread(() -> allowed.complete(allowed())).start();
        return allowed.get(30, TimeUnit.SECONDS);
    }

    @Test
    void eachThreadHasAProcessorOfItsOwn() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "there is no taskset");
        String here = allowed();
        assumeTrue(here.startsWith("0-") || here.startsWith("0,1"), "this process may run on " + here);
        PinnedThreads threads = new PinnedThreads(1, 2);
        assertThat(allowedToAThreadOf(threads)).isEqualTo("1");
        assertThat(allowedToAThreadOf(threads)).isEqualTo("0");
        assertThat(allowedToAThreadOf(threads)).isEqualTo("1");
        threads.requirePinned();
        assertThat(allowed()).isEqualTo(here);
    }

    @Test
    void aProcessorThatIsNotThereIsToldAndTheThreadRunsAllTheSame() throws Exception {
        PinnedThreads threads = new PinnedThreads(8191, 2);
        assertThat(allowedToAThreadOf(threads)).isEqualTo(allowed());
        assertThatThrownBy(threads::requirePinned).isInstanceOf(IOException.class)
            .hasMessageStartingWith("processor 8191: ")
            .hasMessageEndingWith("; this process may run on " + allowed()).hasMessageNotContaining("\n");
    }
}
