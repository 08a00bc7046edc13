/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.Station;

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
            report.say(port + ": " + cause.getMessage());
        }
        if (++gone == opened) {
            allGone.complete(null);
        }
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
