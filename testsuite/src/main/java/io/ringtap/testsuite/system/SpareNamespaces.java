/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestNamespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Network namespaces that tests use one after the other, as making and removing one starts half a dozen processes. A
 * namespace is used again only if nothing but its loopback interface is in it. Those that are left are removed when the
 * JVM ends.
 */
public final class SpareNamespaces {
    private static final Deque<TestNamespace> SPARE = new ArrayDeque<>();
    /** Of {@code /proc/net/dev}: two lines of headings, and the loopback interface. */
    private static final int LINES_WHEN_EMPTY = 3;

    private SpareNamespaces() {
    }

    /** A namespace without interfaces, and without IPv6. To be {@linkplain #giveBack given back}. */
    public static TestNamespace take() throws IOException {
        TestNamespace spare;
        synchronized (SPARE) {
            spare = SPARE.poll();
        }
        return spare == null ? TestNamespace.create() : spare;
    }

    /** Keeps a namespace for the next test, or removes it if there is something in it. */
    public static void giveBack(TestNamespace namespace) throws IOException {
        List<String> devices = NetworkNamespace.call(namespace.name(),
            () -> Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
        if (devices.size() > LINES_WHEN_EMPTY) {
            namespace.close();
            return;
        }
        synchronized (SPARE) {
            SPARE.push(namespace);
        }
    }
}
