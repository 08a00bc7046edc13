/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestNamespace;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** What the kernels of two network namespaces send each other, each with the sockets of its own. */
public final class NamespaceTraffic {
    private static final int TRANSFER = 4 << 20;
    private static final int PORT = 7000;
    private static final int SOON = 10_000;

    private NamespaceTraffic() {
    }

    /** Whether a host answers a ping from a namespace in time. */
    public static boolean reaches(TestNamespace from, String to, int millis) throws IOException {
        return NetworkNamespace.call(from.name(), () -> InetAddress.getByName(to).isReachable(millis));
    }

    /** Sends some megabytes by TCP, and compares the digests of both sides. */
    public static void transfer(TestNamespace from, TestNamespace to, String address) throws Exception {
        InetSocketAddress there = new InetSocketAddress(InetAddress.getByName(address), PORT);
        try (ServerSocket server = NetworkNamespace.call(to.name(), () -> {
            ServerSocket listening = new ServerSocket();
            listening.bind(there);
            listening.setSoTimeout(SOON);
            return listening;
        })) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> receive(server));
            byte[] data = new byte[TRANSFER];
            new Random(1).nextBytes(data);
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (Socket socket = NetworkNamespace.call(from.name(), () -> {
                Socket connecting = new Socket();
                connecting.connect(there, SOON);
                return connecting;
            })) {
                new DigestOutputStream(socket.getOutputStream(), digest).write(data);
            }
            assertThat(received.get(SOON, TimeUnit.MILLISECONDS)).as("what %s received", address)
                .isEqualTo(digest.digest());
        }
    }

    private static byte[] receive(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(SOON);
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            InputStream in = new DigestInputStream(socket.getInputStream(), digest);
            in.transferTo(OutputStream.nullOutputStream());
            return digest.digest();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
