/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace for one test, with a name that no other process uses. It is removed when it is closed, or at the
 * latest when this JVM ends. Its loopback interface is up. IPv6 is off by default, so that the kernel sends nothing by
 * itself.
 */
public final class TestNamespace implements Closeable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Set<TestNamespace> OPEN = ConcurrentHashMap.newKeySet();

    private static final String PREFIX = "rt-test-";

    static {
        removeThoseOfTheDead();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(TestNamespace::removeQuietly)));
    }

    private final String name = PREFIX + ProcessHandle.current().pid() + '-' + COUNT.incrementAndGet();

    private TestNamespace() {
    }

    /** Removes the namespaces of JVMs that were killed, which could not do that themselves. */
    private static void removeThoseOfTheDead() {
        String[] names = new File("/run/netns").list();
        for (String stale : names == null ? new String[0] : names) {
            String[] parts = stale.split("-");
            if (stale.startsWith(PREFIX) && parts.length == 4 && parts[2].matches("\\d{1,9}")
                && ProcessHandle.of(Long.parseLong(parts[2])).isEmpty()) {
                try {
                    run("ip", "netns", "del", stale);
                } catch (IOException e) {
                    // Another JVM has just removed it.
                }
            }
        }
    }

    /** Makes a namespace without IPv6. */
    public static TestNamespace create() throws IOException {
        return create(false);
    }

    /** Makes a namespace. */
    public static TestNamespace create(boolean ipv6) throws IOException {
        TestNamespace namespace = new TestNamespace();
        OPEN.add(namespace);
        try {
            run("ip", "netns", "add", namespace.name);
            // Without duplicate address detection, an IPv6 address can be used at once and not only after a second.
            namespace.shell("echo " + (ipv6 ? 0 : 1) + " > /proc/sys/net/ipv6/conf/default/disable_ipv6"
                + " && echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad && ip link set lo up");
            return namespace;
        } catch (IOException | RuntimeException e) {
            namespace.close();
            throw e;
        }
    }

    /** The name of the namespace for {@code ip netns}. */
    public String name() {
        return name;
    }

    /** Runs {@code ip} of iproute2 inside and returns what it prints. */
    public String ip(String... arguments) throws IOException {
        return tool("ip", arguments);
    }

    /** Runs {@code tc} of iproute2 inside and returns what it prints. */
    public String tc(String... arguments) throws IOException {
        return tool("tc", arguments);
    }

    private String tool(String tool, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(tool, "-n", name));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private void shell(String command) throws IOException {
        run("ip", "netns", "exec", name, "sh", "-c", command);
    }

    /** Sets a kernel parameter of this namespace, {@code net/ipv4/ip_forward}. */
    public void sysctl(String parameter, String value) throws IOException {
        shell("echo '" + value + "' > '/proc/sys/" + parameter + "'");
    }

    @Override
    public void close() throws IOException {
        if (OPEN.remove(this)) {
            run("ip", "netns", "del", name);
        }
    }

    private void removeQuietly() {
        try {
            close();
        } catch (IOException e) {
            // The JVM is ending. There is nobody to report this to.
        }
    }

    /** Runs a command and returns its output. If the command fails, the output is the message of the exception. */
    public static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " does not end");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed: " + output.strip());
        }
        return output;
    }

    @Override
    public String toString() {
        return name;
    }
}
