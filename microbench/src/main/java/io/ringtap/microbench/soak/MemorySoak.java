/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Runs each {@link MemoryCase} in a JVM of its own and shows its figures. */
@Command(name = "memory", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Shows what becomes of channels when there is little memory, or none.")
public final class MemorySoak implements Callable<Integer> {
    private static final long LIMIT_SECONDS = 300;

    @Option(names = "--cases", split = ",", paramLabel = "NAME",
        description = "Which: ${COMPLETION-CANDIDATES}. Default: all.")
    private List<MemoryCase> cases = List.of(MemoryCase.values());

    @Option(names = "--class-path", paramLabel = "PATH",
        description = "The jars of another build, to compare with: they come before those of this one.")
    private String otherBuild;

    @Option(names = "--home", paramLabel = "DIRECTORY", defaultValue = ".",
        description = "Where run-example.sh is. Default: the current directory.")
    private Path home;

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "1",
        description = "How many times. Default: ${DEFAULT-VALUE}.")
    private int repeat;

    /** Made by picocli. */
    MemorySoak() {
    }

    @Override
    public Integer call() throws Exception {
        boolean good = true;
        for (int i = 0; i < repeat; i++) {
            for (MemoryCase one : cases) {
                System.out.println(one.name().toLowerCase() + ": " + one.description());
                boolean stood = one.main() == null ? new ExhaustedHeap(home).run() : run(one);
                System.out.println(stood ? "  good" : "  BAD");
                good &= stood;
            }
        }
        return good ? 0 : 1;
    }

    private boolean run(MemoryCase one) throws IOException, InterruptedException {
        String own = System.getProperty("java.class.path");
        List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(one.options());
        command.addAll(List.of("-cp", otherBuild == null ? own : otherBuild + File.pathSeparator + own,
            one.main().getName()));
        command.addAll(one.arguments());
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            return process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
