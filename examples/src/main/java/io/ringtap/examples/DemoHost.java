/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.internal.unix.NetworkNamespace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A host of a demo: a network namespace that one thread of this process has made for itself, and that ends with it.
 * So nothing is left behind, however the process ends. Sockets that the thread opens are that host's sockets, and
 * programs that it starts run on that host.
 */
public final class DemoHost implements AutoCloseable {
    private final String name;
    private final ExecutorService thread;
    private final String namespace;

    /**
     * Makes a host.
     *
     * @param name what to call it in a report
     */
    public DemoHost(String name) throws IOException, InterruptedException {
        this.name = name;
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread host = new Thread(task, "host-" + name);
            host.setDaemon(true);
            return host;
        });
        try {
            namespace = call(NetworkNamespace::enterNew);
        } catch (IOException | RuntimeException e) {
            thread.shutdownNow();
            throw e;
        }
    }

    /** What to call it. */
    public String name() {
        return name;
    }

    /** The path of the namespace, while this host is open. */
    public String namespace() {
        return namespace;
    }

    /** Does some work on this host's thread, after what was submitted before. */
    public <T> Future<T> submit(Callable<T> work) {
        return thread.submit(work);
    }

    /** Does some work on this host's thread and waits for it. */
    public <T> T call(Callable<T> work) throws IOException, InterruptedException {
        try {
            return submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(e.getCause());
        }
    }

    /** Runs iproute2's {@code ip} on this host. */
    public void ip(String arguments) throws IOException, InterruptedException {
        call(() -> {
            List<String> command = new ArrayList<>(List.of("ip"));
            command.addAll(List.of(arguments.split(" ")));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("'ip " + arguments + "' failed: " + output);
            }
            return null;
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
