/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.examples.DemoHost;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.ShortNumber;
import io.ringtap.examples.StopSignal;
import io.ringtap.tap.Tap;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Two hosts, each a network namespace with a tap in it, talk through the bridge: they ping each other over IPv4 and
 * IPv6, and one sends the other data whose digest is compared. Everything it makes ends with this process.
 */
final class BridgeDemo {
    private static final int PINGS = 5;

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
        DemoTraffic.Transfer transfer = DemoTraffic.transfer(left.host(), right.host(), right.ipv4(), stop);
        long frames = frames(bridge) - framesBefore;
        report.show(bridge);
        report.showTotals(bridge);
        boolean equal = transfer.equal();
        double seconds = transfer.seconds();
        report.say(String.format(Locale.ROOT, "demo %s: %d of %d pings answered; %s sent with %s digests in %.1f s:"
            + " %s frames/s and %sbit/s across the bridge", pinged && equal ? "passed" : "FAILED", pings, 4 * PINGS,
            (transfer.bytes() >> 20) + " MiB", equal ? "equal" : "DIFFERENT", seconds,
            ShortNumber.of(frames / seconds), ShortNumber.of(transfer.bytes() * 8 / seconds)));
        return pinged && equal ? 0 : 1;
    }

    private static long frames(Bridge bridge) {
        return bridge.ports().stream().mapToLong(port -> port.channel().stats().rxFrames()).sum();
    }

    private int ping(End from, String to) throws IOException, InterruptedException {
        int answered = DemoTraffic.ping(from.host(), to, PINGS, stop);
        report.say(from.host().name() + " pings " + to + ": " + answered + " of " + PINGS + " answered");
        return answered;
    }
}
