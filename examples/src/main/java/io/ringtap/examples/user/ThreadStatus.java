/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.user;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The user, groups and capabilities of one thread, as proc(5) shows them; threads of io_uring are among them. */
final class ThreadStatus {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final String INHERITABLE = "CapInh";
    private static final List<String> CAPABILITIES = List.of(INHERITABLE, "CapPrm", "CapEff", "CapAmb");
    private static final int EFFECTIVE = 1;

    private final String id;
    private final Map<String, String> values = new HashMap<>();

    /** Of the lines of a file {@code status}. */
    ThreadStatus(String id, List<String> lines) {
        this.id = id;
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
    }

    /**
     * Of all threads of this process; those that end meanwhile are left out.
     *
     * @throws IOException if they cannot be read
     */
    static List<ThreadStatus> ofThisProcess() throws IOException {
        List<ThreadStatus> threads = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                try {
                    threads.add(new ThreadStatus(task.getFileName().toString(),
                        Files.readAllLines(task.resolve("status"))));
                } catch (IOException e) {
                    if (Files.exists(task)) {
                        throw e;
                    }
                }
            }
        } catch (NoSuchFileException e) {
            throw new IOException("there is no " + TASKS + ", by which to see the privileges of all threads: --user is"
                + " for Linux", e);
        }
        return threads;
    }

    String id() {
        return id;
    }

    String name() {
        return values.getOrDefault("Name", "?");
    }

    long effectiveUser() {
        return Long.parseLong(words("Uid")[EFFECTIVE]);
    }

    /** Whether it has capabilities that a program which it starts may get. */
    boolean mayInherit() {
        return !isEmpty(INHERITABLE);
    }

    /** What it has that a user without privileges has not; {@code null} for nothing. */
    String keptFrom(long user, long group) {
        if (!Arrays.stream(words("Uid")).allMatch(("" + user)::equals)) {
            return "the user " + values.get("Uid");
        }
        if (!Arrays.stream(words("Gid")).allMatch(("" + group)::equals)) {
            return "the group " + values.get("Gid");
        }
        for (String set : CAPABILITIES) {
            if (!isEmpty(set)) {
                return "capabilities, " + set + " " + values.get(set);
            }
        }
        return null;
    }

    /** What is not shown, as by an old kernel, is taken for one that it has. */
    private String[] words(String name) {
        return values.getOrDefault(name, "-1 -1").split("\\s+");
    }

    /** Ambient capabilities exist since Linux 4.3. */
    private boolean isEmpty(String set) {
        return values.getOrDefault(set, "0").matches("0+");
    }
}
