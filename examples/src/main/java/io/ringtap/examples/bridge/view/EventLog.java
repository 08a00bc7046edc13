/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.Station;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers the last events of a bridge, as many as {@link #CAPACITY}. Events of the same kind at the same port become
 * one until {@link #endOfSecond} is called, so that a storm of events is none here. Any thread.
 */
public final class EventLog implements BridgeListener {
    /** How many events it remembers. */
    public static final int CAPACITY = 256;
    /** How many kinds of event there are in a second before the others are counted together. */
    private static final int KINDS_A_SECOND = 64;

    private final Deque<LoggedEvent> events = new ArrayDeque<>();
    private final Map<String, LoggedEvent> ofThisSecond = new LinkedHashMap<>();
    private long nextId = 1;

    /** Has no events yet. */
    public EventLog() {
    }

    private synchronized void add(String kind, BridgePort port, String detail, String text, long count) {
        String key = kind + '\n' + port + '\n' + detail;
        LoggedEvent before = ofThisSecond.get(key);
        if (before == null && ofThisSecond.size() >= KINDS_A_SECOND) {
            key = "more";
            before = ofThisSecond.get(key);
        }
        long time = System.currentTimeMillis();
        if (key.equals("more")) {
            ofThisSecond.put(key, new LoggedEvent(0, time, key, null, "more events than are listed",
                before == null ? 1 : before.count() + 1));
        } else {
            ofThisSecond.put(key, new LoggedEvent(0, time, kind, port == null ? null : port.name(), text,
                count + (before == null ? 0 : before.count())));
        }
    }

    /** What has happened so far is an event of its own, and what comes next another one. */
    public synchronized void endOfSecond() {
        for (LoggedEvent event : ofThisSecond.values()) {
            events.add(new LoggedEvent(nextId++, event.time(), event.kind(), event.port(), event.text(),
                event.count()));
            if (events.size() > CAPACITY) {
                events.remove();
            }
        }
        ofThisSecond.clear();
    }

    /** The events with a greater id that it remembers, in their order. */
    public synchronized List<LoggedEvent> after(long id) {
        if (id >= nextId - 1) {
            return List.of();
        }
        List<LoggedEvent> later = new ArrayList<>();
        events.forEach(event -> {
            if (event.id() > id) {
                later.add(event);
            }
        });
        return later;
    }

    @Override
    public void portOpened(BridgePort port) {
        add("port-opened", port, "", "joined the bridge", 1);
    }

    @Override
    public void portWarned(BridgePort port, String hazard) {
        add("port-warned", port, hazard, hazard, 1);
    }

    @Override
    public void portUp(BridgePort port) {
        add("port-up", port, "", "carries frames", 1);
    }

    @Override
    public void portDown(BridgePort port) {
        add("port-down", port, "", "carries no frames", 1);
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        add("port-gone", port, "", cause == null ? "was removed" : "is gone: " + message(cause), 1);
    }

    @Override
    public void portMuted(BridgePort port, boolean muted) {
        add(muted ? "port-muted" : "port-unmuted", port, "", muted ? "was muted" : "is not muted any more", 1);
    }

    @Override
    public void mtuChanged(BridgePort port, int from, int to) {
        add("mtu-changed", port, "", "MTU changed from " + from + " to " + to, 1);
    }

    @Override
    public void portFailed(BridgePort port, Throwable cause) {
        add("port-failed", port, message(cause), message(cause), 1);
    }

    @Override
    public void stationMoved(Station station) {
        add("stations-moved", station.port(), "", "stations were heard here that were elsewhere before, "
            + station.address() + " the last", 1);
    }

    @Override
    public void stationsFlap(List<Station> stations) {
        Station first = stations.get(0);
        add("stations-flap", first.port(), "", "stations move to and fro, " + first.address()
            + " among them: there may be a loop", stations.size());
    }

    @Override
    public void framesDropped(BridgePort port, FrameDirection direction, DropReason reason, long count) {
        boolean sent = direction == FrameDirection.OUTBOUND;
        add("frames-dropped", port, direction + " " + reason, (sent ? "frames to be sent" : "frames received")
            + " were dropped: " + reason.label(), count);
    }

    @Override
    public void portSought(String port, Throwable cause, Duration next) {
        add("port-sought", null, port, port + " cannot be opened again for now: " + message(cause)
            + "; the next attempt is in " + next.toSeconds() + " s", 1);
    }

    @Override
    public void stormBegan(BridgePort port, long repeated, long moves) {
        add("storm-began", port, "", "a storm: frames that came again " + repeated + ", moves to and fro " + moves
            + " in a second; there may be a loop", 1);
    }

    @Override
    public void stormEnded(BridgePort port, long repeated, long moves) {
        add("storm-ended", port, "", "the storm is over: frames that came again " + repeated + ", moves to and fro "
            + moves + " in all", 1);
    }

    @Override
    public void portBlocked(BridgePort port, int seconds) {
        add("port-blocked", port, "", "is blocked for " + seconds + " s because of the storm", 1);
    }

    @Override
    public void portUnblocked(BridgePort port) {
        add("port-unblocked", port, "", "is not blocked any more", 1);
    }

    @Override
    public void bridgeFailed(Throwable cause) {
        add("bridge-failed", null, message(cause), message(cause), 1);
    }

    private static String message(Throwable cause) {
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
