/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.channel.EventLoopGroup;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeBuilder;
import io.ringtap.bridge.PortStats;
import io.ringtap.examples.DemoTraffic;
import io.ringtap.examples.ShortNumber;
import io.ringtap.examples.StopSignal;

import java.io.IOException;
import java.util.Locale;

/**
 * Two hosts talk through the bridge: they ping each other over IPv4 and IPv6, and one sends the other data whose digest
 * is compared. Everything it makes ends with this process.
 */
final class BridgeDemo {
    private static final int PINGS = 5;

    private final DemoHosts hosts;
    private final BridgeBuilder builder;
    private final BridgeReport report;
    private final int interval;
    private final StopSignal stop;

    /**
     * A demo.
     *
     * @param builder the settings of the bridge, without ports
     * @param interval seconds between two tables, 0 for none
     */
    BridgeDemo(DemoHosts hosts, BridgeBuilder builder, BridgeReport report, int interval, StopSignal stop) {
        this.hosts = hosts;
        this.builder = builder;
        this.report = report;
        this.interval = interval;
        this.stop = stop;
    }

    /** Runs the demo; returns the exit code of the process. */
    int run(EventLoopGroup group) throws Exception {
        builder.listener(new BridgeEvents(report));
        hosts.ends().forEach(end -> builder.port(end.port()));
        Bridge bridge = builder.build();
        try (bridge; ReportClock clock = new ReportClock(report, bridge)) {
            bridge.open(group).sync();
            hosts.start(group);
            clock.every(interval);
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
        if (interval > 0) {
            report.show(bridge);
        }
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
        return bridge.stats().ports().stream().mapToLong(PortStats::rxFrames).sum();
    }

    private int ping(int from, String to) throws Exception {
        int answered = hosts.ping(from, to, PINGS, stop);
        report.say(hosts.ends().get(from).name() + " pings " + to + ": " + answered + " of " + PINGS + " answered");
        return answered;
    }
}
