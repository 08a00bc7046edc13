/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs a piece of work in another Linux network namespace: setns(2) moves one thread, so the work gets a thread of its
 * own that ends with it. What the work opens (sockets, tun descriptors) stays in that namespace for good.
 */
public final class NetworkNamespace {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final String NAMED = "/run/netns/";

    private NetworkNamespace() {
    }

    /**
     * Moves the calling thread, and it alone, into a new network namespace. The namespace has no name and ends with the
     * thread, unless something in it, such as a tap, is open longer: nothing is left behind however the process ends.
     *
     * @return the path of the namespace, for {@link #call(String, Callable)}, while the thread lives
     */
    public static String enterNew() throws IOException {
        int result = SystemCalls.unshare(CLONE_NEWNET);
        if (result < 0) {
            throw new SystemCallException("unshare(CLONE_NEWNET)", -result,
                "making a network namespace needs CAP_SYS_ADMIN: run as root");
        }
        return Path.of("/proc/thread-self").toRealPath().resolve("ns/net").toString();
    }

    /**
     * Runs the work in a namespace and waits for it.
     *
     * @param namespace the name that {@code ip netns} knows it by, or a path such as {@code /proc/42/ns/net}
     * @throws IOException if the namespace cannot be entered, with what to do, or what the work threw
     */
    public static <T> T call(String namespace, Callable<T> work) throws IOException {
        String path = namespace.indexOf('/') >= 0 ? namespace : NAMED + namespace;
        // Not blocking: a path may be that of a FIFO, which waits for a writer. What is no namespace, setns(2) refuses.
        int fd = SystemCalls.open(path, SystemCalls.O_RDONLY | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            throw new SystemCallException("open(" + path + ")", -fd, Errno.ENOENT.is(fd)
                ? "no such network namespace: 'ip netns list' shows those that have a name" : null);
        }
        try {
            return call(fd, path, work);
        } finally {
            SystemCalls.close(fd);
        }
    }

    /**
     * The same for a namespace that is open as a descriptor, which stays the caller's.
     *
     * @param name what to call it in a message
     */
    public static <T> T call(int namespaceFd, String name, Callable<T> work) throws IOException {
        FutureTask<T> task = new FutureTask<>(() -> {
            int entered = SystemCalls.setns(namespaceFd, CLONE_NEWNET);
            if (entered < 0) {
                throw new SystemCallException("setns(" + name + ")", -entered, Errno.EPERM.is(entered)
                    ? "entering a network namespace needs CAP_SYS_ADMIN in it and in this process's user namespace: run"
                    + " as root, or start the program inside it with 'ip netns exec NAME'"
                    : Errno.EINVAL.is(entered) ? "it is not a network namespace" : null);
            }
            return work.call();
        });
        Thread thread = new Thread(task, "ringtap-netns-" + name);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            // What the JVM says when the system lets it have no more threads.
            throw new IOException("no thread can be started to enter " + name, e);
        }
        return await(task);
    }

    private static <T> T await(FutureTask<T> task) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    // What the work opens belongs to the caller: leaving early would leak it.
                    interrupted = true;
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause();
                    if (cause instanceof IOException io) {
                        throw io;
                    }
                    if (cause instanceof RuntimeException runtime) {
                        throw runtime;
                    }
                    if (cause instanceof Error error) {
                        throw error;
                    }
                    throw new IOException(cause);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * What tells a namespace from others, by {@code equals}: one namespace has many names, and one file behind them.
     *
     * @param namespace its name or path, {@code null} for that of this process
     * @return the file behind it, or the path if there is no such file
     */
    public static Object fileOf(String namespace) {
        String name = namespace == null ? "/proc/self/ns/net" : namespace;
        Path path = Path.of(name.indexOf('/') >= 0 ? name : NAMED + name);
        try {
            Object file = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return file == null ? path : file;
        } catch (IOException notThere) {
            // Opening the port will say so.
            return path;
        }
    }
}
