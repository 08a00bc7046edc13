/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeClock;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.MacTable;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.ShortNumber;
import io.ringtap.examples.StopSignal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Two hosts talk through the bridge: they ping each other over IPv4 and IPv6, and one sends the other data whose digest
 * is compared. Everything it makes ends with this process.
 */
final class BridgeDemo {
    private static final int PINGS = 5;

    private final DemoHosts hosts;
    private final MacTable table;
    private final BridgeReport report;
    private final StopSignal stop;

    BridgeDemo(DemoHosts hosts, MacTable table, BridgeReport report, StopSignal stop) {
        this.hosts = hosts;
        this.table = table;
        this.report = report;
        this.stop = stop;
    }

    /** Runs the demo; returns the exit code of the process. */
    int run(EventLoopGroup group) throws Exception {
        List<FramePort> ports = new ArrayList<>();
        for (DemoHosts.End end : hosts.ends()) {
            ports.add(FramePorts.load().parse(end.port(), Set.of()));
        }
        Bridge bridge = new Bridge(ports, table, report::say);
        try (bridge; BridgeClock clock = new BridgeClock(bridge, report::say)) {
            bridge.open(group);
            hosts.start(group);
            clock.every(1, () -> report.show(bridge));
            return talk(bridge, hosts.ends().get(0), hosts.ends().get(1));
        } catch (IOException e) {
            if (!stop.requested().isDone()) {
                throw e;
            }
            return interrupted();
        }
    }

    /** It has neither passed nor failed, and whoever asked for its verdict must not take the end for one. */
    private int interrupted() {
        report.conclude("demo interrupted");
        return 1;
    }

    private int talk(Bridge bridge, DemoHosts.End left, DemoHosts.End right) throws Exception {
        report.say("hosts " + left.name() + " (" + left.ipv4() + ", " + left.ipv6() + ") and "
            + right.name() + " (" + right.ipv4() + ", " + right.ipv6() + ") are joined by a learning bridge");
        int pings = 0;
        pings += ping(0, right.ipv4());
        pings += ping(1, left.ipv4());
        pings += ping(0, right.ipv6());
        pings += ping(1, left.ipv6());
        if (stop.requested().isDone()) {
            return interrupted();
        }
        boolean pinged = pings == 4 * PINGS;
        long framesBefore = frames(bridge);
        DemoTraffic.Transfer transfer = hosts.transfer(stop);
        long frames = frames(bridge) - framesBefore;
        report.show(bridge);
        report.showTotals(bridge);
        if (stop.requested().isDone()) {
            return interrupted();
        }
        boolean equal = transfer.equal();
        double seconds = transfer.seconds();
        report.conclude(String.format(Locale.ROOT, "demo %s: %d of %d pings answered; %s sent with %s digests in"
            + " %.1f s: %s frames/s and %sbit/s across the bridge, on %s", pinged && equal ? "passed" : "FAILED",
            pings, 4 * PINGS, (transfer.bytes() >> 20) + " MiB", equal ? "equal" : "DIFFERENT", seconds,
            ShortNumber.of(frames / seconds), ShortNumber.of(transfer.bytes() * 8 / seconds), hosts.kind()));
        return pinged && equal ? 0 : 1;
    }

    private static long frames(Bridge bridge) {
        return bridge.ports().stream().mapToLong(port -> port.channel().stats().rxFrames()).sum();
    }

    private int ping(int from, String to) throws Exception {
        int answered = hosts.ping(from, to, PINGS, stop);
        report.say(hosts.ends().get(from).name() + " pings " + to + ": " + answered + " of " + PINGS + " answered");
        return answered;
    }
}
