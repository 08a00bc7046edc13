/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The open descriptors of this process, from {@code /proc/self/fd}. Tests compare them before and after, to find leaks.
 */
public final class OpenDescriptors {
    static {
        // When a socket is used for the first time, the JDK opens sockets of its own and keeps them.
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
             Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
             Socket accepted = server.accept()) {
            accepted.shutdownOutput();
            client.getInputStream().read();
            new DatagramSocket().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Counts the descriptors that this JVM has on another machine; {@code null} if its system calls are made here. */
    private static volatile LongSupplier elsewhere;

    private OpenDescriptors() {
    }

    /** Lets another count take the place of {@link #ofTaps}: of another machine; {@code null} ends it. */
    public static void replace(LongSupplier count) {
        elsewhere = count;
    }

    /**
     * Returns the open descriptors, and the file behind each, such as {@code /dev/net/tun} or {@code socket:[1234]}.
     */
    public static Map<Integer, String> now() {
        Map<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                try {
                    open.put(Integer.parseInt(entry.getFileName().toString()),
                        Files.readSymbolicLink(entry).toString());
                } catch (NoSuchFileException e) {
                    // It was closed meanwhile, as is the descriptor with which the directory is listed.
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return open;
    }

    /** Returns how many of them can belong to a tap: tun descriptors, sockets and namespaces. */
    public static long ofTaps() {
        LongSupplier count = elsewhere;
        if (count != null) {
            return count.getAsLong();
        }
        return now().values().stream().filter(target -> target.startsWith("/dev/net/tun")
            || target.startsWith("socket:") || target.startsWith("net:")).count();
    }

    /** Waits until there are no more than before, and returns how many there are then. */
    public static long settle(long before) throws InterruptedException {
        Await.happens(5_000, () -> ofTaps() <= before);
        return ofTaps();
    }
}
