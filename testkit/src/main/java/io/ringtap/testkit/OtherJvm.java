/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Runs a main class in another JVM, with a part of the class path of this one. */
public final class OtherJvm {
    /** The output of a JVM, and its exit code. */
    public record Result(int status, String output) {
    }

    /** Leaves out Netty's native transports: their classes, their native libraries, and the classes that they share. */
    public static final Predicate<String> NO_NATIVE_TRANSPORT = jar -> !jar.startsWith("netty-transport-classes-")
        && !jar.startsWith("netty-transport-native-");
    /** Leaves out the native libraries of these transports, and keeps their classes. */
    public static final Predicate<String> NO_NATIVE_PART = jar -> !jar.startsWith("netty-transport-native-")
        || jar.startsWith("netty-transport-native-unix-common");

    private static final long LIMIT_SECONDS = 30;

    private OtherJvm() {
    }

    /**
     * Runs the class until it ends, for half a minute at most. The output names each class that is loaded, as {@code
     * -Xlog:class+load} does.
     *
     * @param jars selects the entries of the class path that it gets, by their file names
     */
    public static Result run(Predicate<String> jars, Class<?> main, String... arguments)
        throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> jars.test(new File(entry).getName()))
            .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+IgnoreUnrecognizedVMOptions",
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Xlog:class+load",
            "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classPath));
        String noUnsafe = System.getProperty("io.netty.noUnsafe");
        if (noUnsafe != null) {
            command.add("-Dio.netty.noUnsafe=" + noUnsafe);
        }
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("other-jvm", ".log");
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile())
                .start();
            try {
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException(main + " has not ended: " + Files.readString(output));
                }
            } finally {
                process.destroyForcibly();
            }
            return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }
}
