/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the hosts of a demo say to each other: pings, and data over TCP whose digest is compared. */
public final class DemoTraffic {
    private static final int FIRST_PING_MILLIS = 3000;
    private static final int PING_MILLIS = 1000;
    private static final int CONNECT_MILLIS = 2000;
    private static final int PORT = 7000;
    private static final long TRANSFER_BYTES = 256L << 20;
    private static final long TRANSFER_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int TRANSFER_TIMEOUT_SECONDS = 8;

    /**
     * A transfer that has ended.
     *
     * @param bytes how many were sent
     * @param equal whether they arrived as they were sent
     * @param seconds how long it took
     */
    public record Transfer(long bytes, boolean equal, double seconds) {
    }

    private DemoTraffic() {
    }

    /**
     * Pings from a host as often as asked, or until one is not answered or the end is asked for.
     *
     * @return how many were answered, after a first one that may take longer
     * @throws IOException if not even the first one is answered
     */
    public static int ping(DemoHost from, String to, int count, StopSignal stop)
        throws IOException, InterruptedException {
        return from.call(() -> {
            InetAddress address = InetAddress.getByName(to);
            // The first one waits until each host has found the other's address.
            if (!address.isReachable(FIRST_PING_MILLIS)) {
                throw new IOException(from.name() + " cannot reach " + to + (address instanceof Inet6Address
                    && !hasIpv6() ? ": this JVM found no IPv6 address when it started, and does without: set the"
                    + " loopback interface up" : ""));
            }
            int answered = 0;
            while (answered < count && !stop.requested().isDone() && address.isReachable(PING_MILLIS)) {
                answered++;
            }
            return answered;
        });
    }

    /** Whether the JDK has IPv6 sockets: not where no interface had an address of it when it started. */
    private static boolean hasIpv6() {
        try {
            new DatagramSocket(new InetSocketAddress("::", 0)).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Sends 256 MiB from one host to another, or what there is time for in five seconds or until the end is asked for.
     *
     * @param address of the receiving host
     * @throws IOException if it fails, or does not end
     */
    public static Transfer transfer(DemoHost from, DemoHost to, String address, StopSignal stop)
        throws IOException, InterruptedException {
        ServerSocket server = to.call(() -> new ServerSocket(PORT, 1, InetAddress.getByName(address)));
        Sent sent = new Sent();
        long begin = System.nanoTime();
        try (server) {
            Future<byte[]> received = to.submit(() -> receive(server));
            Future<byte[]> sending = from.submit(() -> send(address, sent, stop));
            boolean equal = Arrays.equals(sending.get(TRANSFER_TIMEOUT_SECONDS, TimeUnit.SECONDS),
                received.get(TRANSFER_TIMEOUT_SECONDS, TimeUnit.SECONDS));
            return new Transfer(sent.bytes, equal, (System.nanoTime() - begin) / 1e9);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the transfer failed: " + e, e);
        }
    }

    private static final class Sent {
        private long bytes;
    }

    private static byte[] send(String to, Sent sent, StopSignal stop) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[256 * 1024];
        new Random(1).nextBytes(block);
        long deadline = System.nanoTime() + TRANSFER_NANOS;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(to, PORT), CONNECT_MILLIS);
            OutputStream out = new DigestOutputStream(socket.getOutputStream(), digest);
            while (sent.bytes < TRANSFER_BYTES && System.nanoTime() - deadline < 0
                && !stop.requested().isDone()) {
                out.write(block);
                sent.bytes += block.length;
                // Each block is another one, so that one lost or doubled shows.
                block[(int) (sent.bytes / block.length % block.length)]++;
            }
        }
        return digest.digest();
    }

    private static byte[] receive(ServerSocket server) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        server.setSoTimeout(CONNECT_MILLIS);
        try (Socket socket = server.accept();
            InputStream in = new DigestInputStream(socket.getInputStream(), digest)) {
            byte[] buffer = new byte[256 * 1024];
            while (in.read(buffer) >= 0) {
                // The stream digests what it reads.
                continue;
            }
        }
        return digest.digest();
    }
}
