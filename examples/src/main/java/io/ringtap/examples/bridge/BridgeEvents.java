/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.Station;
import io.ringtap.examples.ExampleCommand;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Says in a line what happens to the bridge. */
final class BridgeEvents implements BridgeListener {
    private final Report report;
    private final CompletableFuture<Void> allGone = new CompletableFuture<>();
    private int opened;
    private int gone;

    BridgeEvents(Report report) {
        this.report = report;
    }

    /** Done when the last port has gone. */
    CompletableFuture<Void> allGone() {
        return allGone;
    }

    @Override
    public void portOpened(BridgePort port) {
        report.event("port-opened", null, "port " + opened++ + ": " + port);
        report.add(port);
    }

    @Override
    public void portWarned(BridgePort port, String hazard) {
        report.event("port-warned", null, "warning: " + hazard);
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        if (cause != null) {
            report.event("port-gone", port.name(), ExampleCommand.message(cause));
        }
        if (++gone == opened) {
            allGone.complete(null);
        }
    }

    @Override
    public void portSought(String port, Throwable cause, Duration next) {
        report.event("port-sought", port, "looked for again, the next time in " + next.toSeconds() + " s: "
            + ExampleCommand.message(cause));
    }

    @Override
    public void portUp(BridgePort port) {
        report.event("port-up", port.name(), "up");
    }

    @Override
    public void portDown(BridgePort port) {
        report.event("port-down", port.name(), "down");
    }

    @Override
    public void portMuted(BridgePort port, boolean muted) {
        report.event(muted ? "port-muted" : "port-unmuted", port.name(), muted ? "muted" : "not muted any more");
    }

    @Override
    public void stormBegan(BridgePort port, long repeated, long moves) {
        report.event("storm-began", port.name(), "a storm, in the last second: " + signs(repeated, moves)
            + "; there may be another way round the bridge, a loop");
    }

    @Override
    public void stormEnded(BridgePort port, long repeated, long moves) {
        report.event("storm-ended", port.name(), "the storm is over, altogether: " + signs(repeated, moves));
    }

    private static String signs(long repeated, long moves) {
        return "frames seen again " + repeated + ", moves to and fro " + moves;
    }

    @Override
    public void portBlocked(BridgePort port, int seconds) {
        report.event("port-blocked", port.name(), "blocked for " + seconds + " s, because of the storm");
    }

    @Override
    public void portUnblocked(BridgePort port) {
        report.event("port-unblocked", port.name(), "not blocked any more");
    }

    @Override
    public void mtuChanged(BridgePort port, int from, int to) {
        report.event("mtu-changed", port.name(), "MTU changed from " + from + " to " + to);
    }

    @Override
    public void portFailed(BridgePort port, Throwable cause) {
        report.event("port-failed", port.name(), cause.toString());
    }

    @Override
    public void stationsFlap(List<Station> stations) {
        Station first = stations.get(0);
        report.event("stations-flap", null, first.address()
            + (stations.size() == 1 ? " moves" : " and " + (stations.size() - 1) + " more move")
            + " to and fro between " + first.movedFrom() + " and " + first.port() + ", " + first.moves()
            + " times so far: there may be a loop");
    }

    @Override
    public void bridgeFailed(Throwable cause) {
        report.event("bridge-failed", null,
            "a task of the bridge has failed, and goes on when it is due again: " + cause);
    }
}
