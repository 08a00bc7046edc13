/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.ringtap.internal.netmap.ring.CRingBenchmark;
import io.ringtap.internal.netmap.ring.NetmapRingBenchmark;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares rings in Java with the same in C, in alternating rounds of one run. Prints the medians in nanoseconds for
 * each frame, and the ratio. Takes {@code --rounds N}, 3 by default, and then the options of JMH.
 */
public final class RingComparison {
    private static final String ROUNDS = "--rounds";
    private static final String C = CRingBenchmark.class.getName() + '.';
    private static final String JAVA = NetmapRingBenchmark.class.getName() + '.';
    /** The name in C of each operation in Java. */
    private static final Map<String, String> IN_C = Map.ofEntries(
        Map.entry("transmit", "transmit"), Map.entry("write", "transmit"),
        Map.entry("receive", "receive"), Map.entry("next", "receive"), Map.entry("lend", "receive"),
        Map.entry("read", "read"),
        Map.entry("copy", "copy"), Map.entry("readAndWrite", "copy"), Map.entry("lendAndCopy", "copy"),
        Map.entry("swap", "swap"), Map.entry("lendAndSwap", "swap"));

    private final Map<String, List<Double>> scores = new TreeMap<>();

    private RingComparison() {
    }

    /** Fails if there is no C compiler. */
    public static void main(String[] arguments) throws IOException, InterruptedException, RunnerException,
        CommandLineOptionException {
        int rounds = 3;
        List<String> jmh = new ArrayList<>(List.of(arguments));
        if (!jmh.isEmpty() && jmh.get(0).equals(ROUNDS)) {
            rounds = Integer.parseInt(jmh.get(1));
            jmh.subList(0, 2).clear();
        }
        Path directory = Files.createTempDirectory("ringtap-microbench");
        Path library = directory.resolve("ring.so");
        Path source = directory.resolve("ring.c");
        try {
            if (!build(source, library)) {
                // An exception, as System.exit would leave the files behind.
                throw new IOException("there is no gcc that builds the C side: nothing to compare with");
            }
            RingComparison comparison = new RingComparison();
            for (int round = 0; round < rounds; round++) {
                comparison.run(jmh, C, library);
                comparison.run(jmh, JAVA, library);
            }
            comparison.print();
        } finally {
            Files.deleteIfExists(source);
            Files.deleteIfExists(library);
            Files.delete(directory);
        }
    }

    private static boolean build(Path source, Path library) throws IOException, InterruptedException {
        try (InputStream text = RingComparison.class.getResourceAsStream("ring.c")) {
            Files.copy(text, source);
        }
        try {
            return new ProcessBuilder("gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                .inheritIO().start().waitFor() == 0;
        } catch (IOException noCompiler) {
            return false;
        }
    }

    private void run(List<String> jmh, String prefix, Path library) throws RunnerException,
        CommandLineOptionException {
        OptionsBuilder options = new OptionsBuilder();
        options.parent(new CommandLineOptions(jmh.toArray(new String[0])));
        options.include(prefix.replace(".", "\\."));
        options.jvmArgsPrepend("-D" + CRingBenchmark.LIBRARY + '=' + library);
        options.shouldFailOnError(true);
        for (RunResult result : new Runner(options.build()).run()) {
            String operation = result.getParams().getBenchmark();
            String key = operation + ' ' + result.getParams().getParam("size");
            scores.computeIfAbsent(key, k -> new ArrayList<>()).add(result.getPrimaryResult().getScore());
        }
    }

    private void print() {
        System.out.println("\n| operation | bytes | C, ns/frame | C with all checks | Java | against C | "
            + "against C with all checks |");
        System.out.println("|---|---:|---:|---:|---:|---:|---:|");
        for (String key : scores.keySet()) {
            if (key.startsWith(JAVA)) {
                String operation = key.substring(JAVA.length(), key.indexOf(' '));
                String size = key.substring(key.indexOf(' ') + 1);
                String inC = IN_C.get(operation);
                double java = median(scores.get(key));
                double c = median(scores.get(C + inC + ' ' + size));
                double checked = median(scores.get(C + "checked" + Character.toUpperCase(inC.charAt(0))
                    + inC.substring(1) + ' ' + size));
                System.out.printf("| %s | %s | %.1f | %.1f | %.1f | %.2f | %.2f |%n", operation, size, c, checked, java,
                    java / c, java / checked);
            }
        }
        System.out.printf("%nMedians of %d rounds, JDK %s, load %.1f.%n", scores.values().iterator().next().size(),
            System.getProperty("java.version"),
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
