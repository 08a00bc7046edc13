/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import io.netty.util.concurrent.DefaultThreadFactory;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Makes threads that each run on one processor: the first on a given one, the others on those that follow, beginning
 * anew behind the last. Each thread moves itself by taskset(1) of util-linux before it does anything else. Linux.
 */
final class PinnedThreads implements ThreadFactory {
    /** A link to PID/task/TID, for each thread its own. */
    private static final Path THREAD_SELF = Path.of("/proc/thread-self");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private final ThreadFactory threads = new DefaultThreadFactory("pktgen");
    private final AtomicInteger next = new AtomicInteger();
    private final int first;
    private final int processors;
    private volatile IOException failure;

    /**
     * Threads from a processor on.
     *
     * @param first the number of the first thread's processor, counted from 0
     * @param processors how many there are
     */
    PinnedThreads(int first, int processors) {
        this.first = first;
        this.processors = processors;
    }

    @Override
    public Thread newThread(Runnable work) {
        int number = next.getAndIncrement();
        int processor = number == 0 ? first : (first + number) % processors;
        return threads.newThread(() -> {
            try {
                pin(processor);
            } catch (IOException e) {
                failure = new IOException("processor " + processor + ": " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            work.run();
        });
    }

    private static void pin(int processor) throws IOException, InterruptedException {
        if (!Files.exists(THREAD_SELF)) {
            throw new IOException("a thread can be moved to a processor on Linux only");
        }
        String thread = Files.readSymbolicLink(THREAD_SELF).getFileName().toString();
        Process taskset = new ProcessBuilder("taskset", "-p", "-c", "" + processor, thread)
            .redirectInput(new File("/dev/null")).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String said = new String(taskset.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        if (taskset.waitFor() != 0) {
            throw new IOException(said.strip() + allowed());
        }
    }

    /** Which processors there are to choose from, as proc(5) has it; empty if that is not known. */
    private static String allowed() throws IOException {
        try (Stream<String> lines = Files.lines(THREAD_SELF.resolve("status"))) {
            return lines.filter(line -> line.startsWith(ALLOWED))
                .map(line -> "; this process may run on " + line.substring(ALLOWED.length()).strip()).findFirst()
                .orElse("");
        }
    }

    /**
     * Throws if a thread that has begun could not be moved.
     *
     * @throws IOException saying why
     */
    void requirePinned() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }
}
