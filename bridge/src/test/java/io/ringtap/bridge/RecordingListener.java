/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the events of a bridge. */
final class RecordingListener implements BridgeListener {
    /** All events in order, such as {@code opened tap:t0}. */
    final List<String> events = new CopyOnWriteArrayList<>();
    /** The unwanted events: failures, devices that are gone, loops. */
    final List<String> reports = new CopyOnWriteArrayList<>();

    @Override
    public void portOpened(BridgePort port) {
        events.add("opened " + port);
    }

    @Override
    public void portWarned(BridgePort port, String hazard) {
        reports.add(hazard);
    }

    @Override
    public void portUp(BridgePort port) {
        events.add("up " + port);
    }

    @Override
    public void portDown(BridgePort port) {
        events.add("down " + port);
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        events.add("gone " + port);
        if (cause != null) {
            reports.add(port + ": " + cause.getMessage());
        }
    }

    @Override
    public void portSought(String port, Throwable cause, Duration next) {
        events.add("sought " + port + " " + cause.getMessage());
    }

    @Override
    public void portMuted(BridgePort port, boolean muted) {
        events.add((muted ? "muted " : "unmuted ") + port);
    }

    @Override
    public void stormBegan(BridgePort port, long repeated, long moves) {
        events.add("storm " + port);
    }

    @Override
    public void stormEnded(BridgePort port, long repeated, long moves) {
        events.add("calm " + port);
    }

    @Override
    public void portBlocked(BridgePort port, int seconds) {
        events.add("blocked " + port);
    }

    @Override
    public void portUnblocked(BridgePort port) {
        events.add("unblocked " + port);
    }

    @Override
    public void mtuChanged(BridgePort port, int from, int to) {
        events.add("mtu " + port + " " + from + " " + to);
    }

    @Override
    public void portFailed(BridgePort port, Throwable cause) {
        reports.add("failed " + port + ": " + cause);
    }

    @Override
    public void stationMoved(Station station) {
        events.add("moved " + station.address());
    }

    @Override
    public void stationsFlap(List<Station> stations) {
        reports.add("flap " + stations.get(0).address() + " " + stations.get(0).movedFrom() + " "
            + stations.get(0).port());
    }

    @Override
    public void framesDropped(BridgePort port, FrameDirection direction, DropReason reason, long count) {
        events.add("dropped " + port + " " + direction + " " + reason + " " + count);
    }

    @Override
    public void bridgeFailed(Throwable cause) {
        reports.add("bridge failed: " + cause);
    }
}
