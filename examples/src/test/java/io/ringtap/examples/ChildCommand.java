/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import org.opentest4j.TestAbortedException;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A command in a JVM of its own, which receives signals and logs like one that a user has started. */
public final class ChildCommand implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;
    private static final int SIGINT = 2;

    private final Process process;
    private final BufferedReader output;

    private ChildCommand(Process process) {
        this.process = process;
        // The reader of its output waits without a limit, and then reaches the end of the output.
        CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Starts the command.
     *
     * @param prefix the words before java's own, such as {@code ip netns exec NAME}
     */
    public static ChildCommand start(List<String> prefix, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", classPath(),
            main.getName()));
        command.addAll(List.of(arguments));
        return new ChildCommand(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The class path without the logger of the tests, which users do not have. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !new File(entry).getName().startsWith("slf4j-"))
            .collect(Collectors.joining(File.pathSeparator));
    }

    /** Reads until a line contains the text, and returns everything that was read. */
    public String readUntil(String text) throws IOException {
        StringBuilder read = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            read.append(line).append('\n');
            if (line.contains(text)) {
                return read.toString();
            }
        }
        throw new IOException("ended without '" + text + "': " + read);
    }

    /**
     * Sends a signal, {@code INT} or {@code TERM}. Skips the test where this JVM was started with SIGINT ignored, as a
     * shell starts a job in the background: its children ignore it too, and no Java program can change that.
     */
    public void signal(String name) throws IOException, InterruptedException {
        if (name.equals("INT") && ignoresInterrupt()) {
            throw new TestAbortedException("SIGINT is ignored here, by who has started the tests: run them in the"
                + " foreground");
        }
        new ProcessBuilder("kill", "-" + name, "" + process.pid()).start().waitFor();
    }

    /** By proc(5): a mask of the signals that are ignored, in hexadecimal, the first signal being bit 0. */
    private boolean ignoresInterrupt() throws IOException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        if (!Files.exists(status)) {
            return false;
        }
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> SIGINT - 1 & 1) != 0);
    }

    /** Waits for the end of the command, and returns the rest of its output. */
    public String readAll() throws IOException {
        return output.lines().map(line -> line + '\n').collect(Collectors.joining());
    }

    public int exitCode() throws IOException, InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the command does not end");
        }
        return process.exitValue();
    }

    /** The process identifier. */
    public long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
