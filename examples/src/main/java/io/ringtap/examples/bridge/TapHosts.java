/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.examples.DemoHost;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.LoopOption;
import io.ringtap.examples.StopSignal;
import io.ringtap.tap.Tap;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Hosts that are network namespaces, each with a tap in it: the kernel's stack speaks, over TCP too. */
final class TapHosts implements DemoHosts {
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;
    private static final String TAP = "0";

    private final DemoHost[] hosts = new DemoHost[2];
    private final List<End> ends;

    /**
     * Makes the namespaces.
     *
     * @throws IOException if that is not possible here, saying what is missing
     */
    TapHosts() throws IOException, InterruptedException {
        String missing = missing();
        if (missing != null) {
            throw new IOException(missing);
        }
        boolean done = false;
        try {
            hosts[0] = new DemoHost("left");
            hosts[1] = new DemoHost("right");
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
        ends = List.of(End.left(port(hosts[0])), End.right(port(hosts[1])));
    }

    /** What cannot be got round, looked for without native code as long as that finds something. */
    private static String missing() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("CapEff:")) {
                    long effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                    if ((effective >>> CAP_NET_ADMIN & effective >>> CAP_SYS_ADMIN & 1) == 0) {
                        return "taps in network namespaces need CAP_NET_ADMIN and CAP_SYS_ADMIN: run as root";
                    }
                }
            }
        }
        Throwable unavailable = Tap.unavailabilityCause();
        if (unavailable != null) {
            return unavailable.getMessage();
        }
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, "ip"))) {
                return null;
            }
        }
        return "iproute2's 'ip' is not in the PATH";
    }

    private static String port(DemoHost host) {
        return "tap:" + host.name() + TAP + ",netns=" + host.namespace() + ",up=on";
    }

    @Override
    public List<End> ends() {
        return ends;
    }

    @Override
    public String kind() {
        return "taps in network namespaces";
    }

    @Override
    public EventLoopGroup newGroup(LoopOption loop, int threads) {
        return loop.newGroup(threads);
    }

    @Override
    public void start(EventLoopGroup group) throws IOException, InterruptedException {
        for (int i = 0; i < hosts.length; i++) {
            DemoHost host = hosts[i];
            End end = ends.get(i);
            host.ip("link set dev lo up");
            host.ip("address add " + end.ipv4() + "/24 dev " + end.name() + TAP);
            // Without duplicate address detection, which would keep the address from use for a second.
            host.ip("address add " + end.ipv6() + "/64 dev " + end.name() + TAP + " nodad");
        }
    }

    @Override
    public int ping(int from, String to, int count, StopSignal stop) throws IOException, InterruptedException {
        return DemoTraffic.ping(hosts[from], to, count, stop);
    }

    @Override
    public DemoTraffic.Transfer transfer(StopSignal stop) throws IOException, InterruptedException {
        return DemoTraffic.transfer(hosts[0], hosts[1], ends.get(1).ipv4(), stop);
    }

    @Override
    public void close() {
        for (DemoHost host : hosts) {
            if (host != null) {
                host.close();
            }
        }
    }
}
