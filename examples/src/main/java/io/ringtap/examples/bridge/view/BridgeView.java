/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgeListener;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.BridgeStats;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Looks at a bridge now and then, and remembers what it saw, so that many who ask cost no more than one: its ports four
 * times a second at most, its stations once. Ports that have gone stay for a while, as many as {@link #MAX_GONE}. Any
 * thread; the bridge's event loops have no part in it.
 */
public final class BridgeView implements BridgeListener {
    /** How many ports that have gone are shown. */
    static final int MAX_GONE = 32;
    private static final long STATE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long STATIONS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Bridge bridge;
    private final long begin = System.nanoTime();
    /** What a port was when it was seen last, while it was one. */
    private final Map<BridgePort, PortView> lastSeen = new ConcurrentHashMap<>();
    private final Deque<PortView> gone = new ArrayDeque<>();
    private BridgeState state;
    private long stateSince;
    private List<StationView> stations;
    private long stationsSince;

    /** Sees nothing yet; it is to be a listener of the bridge. */
    public BridgeView(Bridge bridge) {
        this.bridge = bridge;
    }

    @Override
    public void portOpened(BridgePort port) {
        lastSeen.put(port, PortView.of(port, 0));
        forget();
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        PortView last = lastSeen.remove(port);
        synchronized (this) {
            if (last != null) {
                gone.addFirst(last.gone(port, cause));
            }
            if (gone.size() > MAX_GONE) {
                gone.removeLast();
            }
        }
        forget();
    }

    @Override
    public void portUp(BridgePort port) {
        forget();
    }

    @Override
    public void portDown(BridgePort port) {
        forget();
    }

    @Override
    public void portMuted(BridgePort port, boolean muted) {
        forget();
    }

    /** What is asked for next is looked at anew. */
    public synchronized void forget() {
        state = null;
        stations = null;
    }

    /** The bridge and its ports. */
    public synchronized BridgeState state() {
        long now = System.nanoTime();
        if (state == null || now - stateSince > STATE_NANOS) {
            state = look();
            stateSince = now;
        }
        return state;
    }

    private BridgeState look() {
        Map<String, Integer> behind = new HashMap<>();
        stations().forEach(station -> behind.merge(station.port(), 1, Integer::sum));
        List<PortView> ports = new ArrayList<>();
        for (BridgePort port : bridge.ports()) {
            PortView seen = PortView.of(port, behind.getOrDefault(port.name(), 0));
            lastSeen.replace(port, seen);
            ports.add(seen);
        }
        ports.addAll(gone);
        BridgeStats stats = bridge.stats();
        return new BridgeState(System.currentTimeMillis(), TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
            bridge.insideHeader() == null ? 0 : bridge.insideHeader().bytes(), stats.stations(), stats.learned(),
            stats.moved(), stats.aged(), stats.refused(), ports);
    }

    private synchronized List<StationView> stations() {
        long now = System.nanoTime();
        if (stations == null || now - stationsSince > STATIONS_NANOS) {
            stations = bridge.stations().stream().map(StationView::of).toList();
            stationsSince = now;
        }
        return stations;
    }

    /**
     * A part of the stations.
     *
     * @param match what the address or the port contains, in any case; empty for all
     * @param order what to sort by
     * @param offset how many to leave out, from the first
     * @param limit how many to list at most
     */
    public StationPage stations(String match, StationOrder order, int offset, int limit) {
        List<StationView> all = stations();
        String wanted = match.toLowerCase(Locale.ROOT);
        List<StationView> matching = new ArrayList<>(wanted.isEmpty() ? all : all.stream().filter(station ->
            station.address().toLowerCase(Locale.ROOT).contains(wanted)
                || station.port().toLowerCase(Locale.ROOT).contains(wanted)).toList());
        matching.sort(order.comparator());
        int from = Math.min(offset, matching.size());
        return new StationPage(all.size(), matching.size(), from,
            List.copyOf(matching.subList(from, from + Math.min(limit, matching.size() - from))));
    }

    /** What stations are sorted by. */
    public enum StationOrder {
        /** By address. */
        ADDRESS(Comparator.comparing(StationView::address)),
        /** By the name of the port. */
        PORT(Comparator.comparing(StationView::port).thenComparing(StationView::address)),
        /** Those heard last first. */
        AGE(Comparator.comparing(StationView::age).thenComparing(StationView::address)),
        /** Those that have moved most first. */
        MOVES(Comparator.comparing(StationView::moves).reversed().thenComparing(StationView::address));

        private final Comparator<StationView> comparator;

        StationOrder(Comparator<StationView> comparator) {
            this.comparator = comparator;
        }

        Comparator<StationView> comparator() {
            return comparator;
        }
    }
}
