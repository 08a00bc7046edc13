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
    private final BridgeReport report;
    private final CompletableFuture<Void> allGone = new CompletableFuture<>();
    private int opened;
    private int gone;

    BridgeEvents(BridgeReport report) {
        this.report = report;
    }

    /** Done when the last port has gone. */
    CompletableFuture<Void> allGone() {
        return allGone;
    }

    @Override
    public void portOpened(BridgePort port) {
        report.say("port " + opened++ + ": " + port);
        report.add(port);
    }

    @Override
    public void portWarned(BridgePort port, String hazard) {
        report.say("warning: " + hazard);
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        if (cause != null) {
            report.say(port + ": " + ExampleCommand.message(cause));
        }
        if (++gone == opened) {
            allGone.complete(null);
        }
    }

    @Override
    public void portSought(String port, Throwable cause, Duration next) {
        report.say(port + ": looked for again, the next time in " + next.toSeconds() + " s: "
            + ExampleCommand.message(cause));
    }

    @Override
    public void portUp(BridgePort port) {
        report.say(port + ": up");
    }

    @Override
    public void portDown(BridgePort port) {
        report.say(port + ": down");
    }

    @Override
    public void portMuted(BridgePort port, boolean muted) {
        report.say(port + (muted ? ": muted" : ": not muted any more"));
    }

    @Override
    public void stormBegan(BridgePort port, long repeated, long moves) {
        report.say(port + ": a storm, in the last second: " + signs(repeated, moves)
            + "; there may be another way round the bridge, a loop");
    }

    @Override
    public void stormEnded(BridgePort port, long repeated, long moves) {
        report.say(port + ": the storm is over, altogether: " + signs(repeated, moves));
    }

    private static String signs(long repeated, long moves) {
        return "frames seen again " + repeated + ", moves to and fro " + moves;
    }

    @Override
    public void portBlocked(BridgePort port, int seconds) {
        report.say(port + ": blocked for " + seconds + " s, because of the storm");
    }

    @Override
    public void portUnblocked(BridgePort port) {
        report.say(port + ": not blocked any more");
    }

    @Override
    public void mtuChanged(BridgePort port, int from, int to) {
        report.say(port + ": MTU changed from " + from + " to " + to);
    }

    @Override
    public void portFailed(BridgePort port, Throwable cause) {
        report.say(port + ": " + cause);
    }

    @Override
    public void stationsFlap(List<Station> stations) {
        Station first = stations.get(0);
        report.say(first.address() + (stations.size() == 1 ? " moves" : " and " + (stations.size() - 1) + " more move")
            + " to and fro between " + first.movedFrom() + " and " + first.port() + ", " + first.moves()
            + " times so far: there may be a loop");
    }

    @Override
    public void bridgeFailed(Throwable cause) {
        report.say("a task of the bridge has failed, and goes on when it is due again: " + cause);
    }
}
