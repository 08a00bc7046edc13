/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.StopSignal;
import io.ringtap.tap.Tap;

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
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Two hosts, each a network namespace with a tap in it, talk through the bridge: they ping each other over IPv4 and
 * IPv6, and one sends the other data whose digest is compared. Everything it makes ends with this process.
 */
final class BridgeDemo {
    private static final int PINGS = 5;
    private static final int FIRST_PING_MILLIS = 3000;
    private static final int PING_MILLIS = 1000;
    private static final int CONNECT_MILLIS = 2000;
    private static final int PORT = 7000;
    private static final long TRANSFER_BYTES = 256L << 20;
    private static final long TRANSFER_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int TRANSFER_TIMEOUT_SECONDS = 8;

    private final EventLoopGroup group;
    private final MacTable table;
    private final BridgeReport report;
    private final StopSignal stop;

    /** A host and what its end of the cable is called. */
    private record End(DemoHost host, String tap, String ipv4, String ipv6) {
        String port() {
            return "tap:" + tap + ",netns=" + host.namespace() + ",up=on";
        }

        void configure() throws IOException, InterruptedException {
            host.ip("link set dev lo up");
            host.ip("address add " + ipv4 + "/24 dev " + tap);
            // Without duplicate address detection, which would keep the address from use for a second.
            host.ip("address add " + ipv6 + "/64 dev " + tap + " nodad");
        }
    }

    BridgeDemo(EventLoopGroup group, MacTable table, BridgeReport report, StopSignal stop) {
        this.group = group;
        this.table = table;
        this.report = report;
        this.stop = stop;
    }

    /** Runs the demo; returns the exit code of the process. */
    int run() throws Exception {
        Throwable missing = Tap.unavailabilityCause();
        if (missing != null) {
            throw new IOException("the demo needs taps: " + missing.getMessage());
        }
        // Addresses that are set aside for documentation: RFC 5737 and RFC 3849.
        try (DemoHost left = new DemoHost("left"); DemoHost right = new DemoHost("right")) {
            List<End> ends = List.of(new End(left, "left0", "192.0.2.1", "2001:db8::1"),
                new End(right, "right0", "192.0.2.2", "2001:db8::2"));
            List<FramePort> ports = new ArrayList<>();
            for (End end : ends) {
                ports.add(FramePorts.load().parse(end.port(), Set.of()));
            }
            Bridge bridge = new Bridge(ports, table, report::say);
            try (bridge; BridgeClock clock = new BridgeClock(bridge)) {
                bridge.open(group);
                for (End end : ends) {
                    end.configure();
                }
                clock.every(1, () -> report.show(bridge));
                return talk(bridge, ends.get(0), ends.get(1));
            }
        }
    }

    private int talk(Bridge bridge, End left, End right) throws Exception {
        report.say("hosts " + left.host().name() + " (" + left.ipv4() + ", " + left.ipv6() + ") and "
            + right.host().name() + " (" + right.ipv4() + ", " + right.ipv6() + ") are joined by a learning bridge");
        int pings = 0;
        pings += ping(left, right.ipv4());
        pings += ping(right, left.ipv4());
        pings += ping(left, right.ipv6());
        pings += ping(right, left.ipv6());
        boolean pinged = pings == 4 * PINGS;
        long framesBefore = frames(bridge);
        long nanosBefore = System.nanoTime();
        Transfer transfer = transfer(left, right);
        double seconds = (System.nanoTime() - nanosBefore) / 1e9;
        long frames = frames(bridge) - framesBefore;
        report.show(bridge);
        report.showTotals(bridge);
        boolean equal = Arrays.equals(transfer.sentDigest, transfer.receivedDigest);
        report.say(String.format(Locale.ROOT, "demo %s: %d of %d pings answered; %s sent with %s digests in %.1f s:"
            + " %s frames/s and %sbit/s across the bridge", pinged && equal ? "passed" : "FAILED", pings, 4 * PINGS,
            (transfer.bytes >> 20) + " MiB", equal ? "equal" : "DIFFERENT", seconds,
            BridgeReport.number(frames / seconds), BridgeReport.number(transfer.bytes * 8 / seconds)));
        return pinged && equal ? 0 : 1;
    }

    private static long frames(Bridge bridge) {
        return bridge.ports().stream().mapToLong(port -> port.channel().stats().rxFrames()).sum();
    }

    private int ping(End from, String to) throws IOException, InterruptedException {
        return from.host().call(() -> {
            InetAddress address = InetAddress.getByName(to);
            // The first one waits until each host has found the other's address.
            if (!address.isReachable(FIRST_PING_MILLIS)) {
                throw new IOException(from.host().name() + " cannot reach " + to + " across the bridge");
            }
            int answered = 0;
            while (answered < PINGS && !stop.requested().isDone() && address.isReachable(PING_MILLIS)) {
                answered++;
            }
            report.say(from.host().name() + " pings " + to + ": " + answered + " of " + PINGS + " answered");
            return answered;
        });
    }

    private static final class Transfer {
        private byte[] sentDigest;
        private byte[] receivedDigest;
        private long bytes;
    }

    private static Transfer transfer(End from, End to) throws IOException, InterruptedException {
        ServerSocket server = to.host().call(() -> new ServerSocket(PORT, 1, InetAddress.getByName(to.ipv4())));
        Transfer transfer = new Transfer();
        try (server) {
            Future<byte[]> received = to.host().submit(() -> receive(server));
            Future<byte[]> sent = from.host().submit(() -> send(to.ipv4(), transfer));
            transfer.sentDigest = sent.get(TRANSFER_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            transfer.receivedDigest = received.get(TRANSFER_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the transfer failed: " + e, e);
        }
        return transfer;
    }

    private static byte[] send(String to, Transfer transfer) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[256 * 1024];
        new Random(1).nextBytes(block);
        long deadline = System.nanoTime() + TRANSFER_NANOS;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(to, PORT), CONNECT_MILLIS);
            OutputStream out = new DigestOutputStream(socket.getOutputStream(), digest);
            while (transfer.bytes < TRANSFER_BYTES && System.nanoTime() - deadline < 0) {
                out.write(block);
                transfer.bytes += block.length;
                // Each block is another one, so that one lost or doubled shows.
                block[(int) (transfer.bytes / block.length % block.length)]++;
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
