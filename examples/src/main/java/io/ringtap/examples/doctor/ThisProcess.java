/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.doctor;

import io.netty.util.Version;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What this process is, and what it may do: by proc(5), so that it needs no native code. */
final class ThisProcess {
    /** Those that ports ask for, by their number in linux/capability.h. */
    private static final Map<Integer, String> CAPABILITIES = new LinkedHashMap<>(Map.of(12, "NET_ADMIN", 13, "NET_RAW",
        21, "SYS_ADMIN", 39, "BPF"));
    private static final String DESCRIPTORS = "Max open files";
    private static final int ENOUGH = 4096;

    private ThisProcess() {
    }

    /** A line for each thing to know. */
    static List<String> lines() {
        List<String> lines = new ArrayList<>();
        Version netty = Version.identify().get("netty-transport");
        lines.add(String.format("JDK %s, Netty %s, %s %s on %s", System.getProperty("java.version"),
            netty == null ? "of an unknown release" : netty.artifactVersion(), System.getProperty("os.name"),
            System.getProperty("os.version"), System.getProperty("os.arch")));
        try {
            privileges(Files.readAllLines(Path.of("/proc/self/status")), lines);
            descriptors(Files.readAllLines(Path.of("/proc/self/limits")), lines);
        } catch (IOException noProc) {
            lines.add("user " + System.getProperty("user.name"));
        }
        return lines;
    }

    static void privileges(List<String> status, List<String> lines) {
        String uid = value(status, "Uid:").split("\\s+")[1];
        long effective = Long.parseUnsignedLong(value(status, "CapEff:"), 16);
        List<String> missing = CAPABILITIES.entrySet().stream()
            .filter(capability -> (effective >>> capability.getKey() & 1) == 0).map(Map.Entry::getValue).sorted()
            .toList();
        lines.add("user id " + uid + (missing.isEmpty() ? ", with all capabilities that ports may need"
            : ", without CAP_" + String.join(", CAP_", missing) + ": 'sudo ./run-example.sh ...' has them; a container"
                + " gets them by '--cap-add=" + String.join(" --cap-add=", missing) + "'"));
    }

    private static String value(List<String> lines, String name) {
        return lines.stream().filter(line -> line.startsWith(name)).map(line -> line.substring(name.length()).strip())
            .findFirst().orElse("0 0");
    }

    static void descriptors(List<String> limits, List<String> lines) {
        String soft = value(limits, DESCRIPTORS).split("\\s+")[0];
        boolean few = soft.matches("\\d{1,9}") && Integer.parseInt(soft) < ENOUGH;
        lines.add(soft + " descriptors at most" + (few ? ": 'ulimit -n " + ENOUGH + "' allows more" : ""));
    }
}
