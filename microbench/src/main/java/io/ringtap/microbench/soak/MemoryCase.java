/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench.soak;

import java.util.List;

/** The cases of {@link MemorySoak}: a program, and the limits of its memory. Each runs in a JVM of its own. */
enum MemoryCase {
    /** So many taps that there would be too little memory if each kept as many buffers as it can use, on io_uring. */
    URING("32 taps with vnet=12 on io_uring, -Xmx64m", ManyTaps.class, List.of("-Xmx64m"), "io_uring", "32"),
    /** The same on epoll. */
    EPOLL("40 taps with vnet=12 on epoll, -Xmx64m", ManyTaps.class, List.of("-Xmx64m"), "epoll", "40"),
    /** So little memory that some taps have none at times. */
    SHORT("40 taps with vnet=12 on epoll, 7 MiB of direct memory", ManyTaps.class,
        List.of("-Xmx64m", "-XX:MaxDirectMemorySize=7m"), "epoll", "40", "short"),
    /** The same on io_uring. */
    URING_SHORT("32 taps with vnet=12 on io_uring, 7 MiB of direct memory", ManyTaps.class,
        List.of("-Xmx64m", "-XX:MaxDirectMemorySize=7m"), "io_uring", "32", "short"),
    /** Taps are opened and closed again, and System.gc() does nothing. */
    CYCLES("a tap opened and closed 2000 times, 16 MiB of direct memory, -XX:+DisableExplicitGC", OpenAndClose.class,
        List.of("-Xmx256m", "-XX:MaxDirectMemorySize=16m", "-XX:+DisableExplicitGC"), "epoll", "2000"),
    /** The heap of an example is used up. */
    HEAP("a bridge whose heap is exhausted, then SIGTERM", null, List.of());

    private final String description;
    private final Class<?> main;
    private final List<String> options;
    private final List<String> arguments;

    MemoryCase(String description, Class<?> main, List<String> options, String... arguments) {
        this.description = description;
        this.main = main;
        this.options = options;
        this.arguments = List.of(arguments);
    }

    /** The name in the output. */
    String description() {
        return description;
    }

    /** The main class of the JVM; {@code null} for the example bridge. */
    Class<?> main() {
        return main;
    }

    /** The JVM's options. */
    List<String> options() {
        return options;
    }

    /** The program's arguments. */
    List<String> arguments() {
        return arguments;
    }
}
