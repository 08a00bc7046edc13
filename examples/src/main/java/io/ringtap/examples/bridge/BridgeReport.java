/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.bridge.BridgeStats;
import io.ringtap.bridge.PortState;
import io.ringtap.bridge.PortStats;
import io.ringtap.bridge.Station;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.ethernet.DropReason;
import io.ringtap.examples.ShortNumber;

import java.io.PrintStream;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Shows what passes through a {@link Bridge}: plain lines, or on a terminal a live table. The table is drawn on the
 * alternate screen, so that what was on the terminal before is there again afterwards; see xterm's control sequences.
 * Any thread.
 */
final class BridgeReport implements Report {
    /** Saves the cursor, switches to the alternate screen, cleared, and hides the cursor. */
    private static final String ENTER = "\033[?1049h\033[?25l";
    /** Undoes {@link #ENTER}. */
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String HOME = "\033[H";
    private static final String CLEAR_REST_OF_LINE = "\033[K";
    private static final String CLEAR_REST_OF_SCREEN = "\033[J";
    private static final String KERNEL_DROPS = "rx kernel: dropped by the kernel before the bridge could read them, as"
        + " when the queue of a tap is full (its txqueuelen). TCP sends faster until that happens, and repeats what was"
        + " dropped.";
    /** RFC 3339, in UTC. */
    static final DateTimeFormatter TIME = new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
    private static final int NAME_WIDTH = 16;
    private static final String ROW = "%s %-7s %12s %12s %12s %12s  %s%n";
    private static final int MAX_STATIONS = 16;
    private static final int MAX_REPORTS = 8;
    /** As many as the page shows. */
    private static final int MAX_GONE = 32;

    private static final PortStats NOTHING = new PortStats("", PortState.OPENING, 0, 0, 0, 0, Map.of(), Map.of(),
        Map.of(), 0, 0, 0, Map.of(), DeviceDrops.UNKNOWN);

    private final PrintStream out;
    private final boolean live;
    private final boolean stamped;
    /** All ports but those that went long ago, with what was last shown of each. */
    private final Map<BridgePort, PortStats> ports = new LinkedHashMap<>();
    private final ForgottenPorts forgotten = new ForgottenPorts();
    /** The last ones, which stand below a live table. */
    private final List<String> reports = new ArrayList<>();
    /** How many of these were printed on the ordinary screen. */
    private int printed;
    private boolean onAlternateScreen;
    private boolean ended;
    private long lastNanos = System.nanoTime();

    /**
     * A report.
     *
     * @param live whether the table is drawn over itself, on a terminal
     * @param stamped whether the time stands in front of what happens
     */
    BridgeReport(PrintStream out, boolean live, boolean stamped) {
        this.stamped = stamped;
        this.out = out;
        this.live = live;
    }

    /** A port is shown from now on, and stays when it has gone until one of that name comes, or many others go. */
    @Override
    public synchronized void add(BridgePort port) {
        List<BridgePort> gone = ports.keySet().stream().filter(before -> before.state() == PortState.GONE).toList();
        for (int i = 0; i < gone.size(); i++) {
            if (i < gone.size() - MAX_GONE || gone.get(i).name().equals(port.name())) {
                ports.remove(gone.get(i));
                forgotten.add(gone.get(i).stats());
            }
        }
        ports.put(port, NOTHING);
    }

    @Override
    public synchronized void event(String kind, String port, String text) {
        String what = port == null ? text : port + ": " + text;
        String line = stamped ? TIME.format(Instant.now()) + " " + what : what;
        if (live) {
            reports.add(line);
            if (reports.size() > MAX_REPORTS) {
                reports.remove(0);
                printed = Math.max(0, printed - 1);
            }
        }
        if (!onAlternateScreen) {
            out.println(line);
            printed = reports.size();
        }
    }

    /** The last line: nothing is drawn over it. */
    synchronized void conclude(String line) {
        close();
        out.println(line);
        out.flush();
    }

    /** The state now, with rates since the last call; nothing after the end. */
    @Override
    public synchronized void show(Bridge bridge) {
        if (ended) {
            return;
        }
        long now = System.nanoTime();
        double seconds = Math.max(1e-3, (now - lastNanos) / 1e9);
        lastNanos = now;
        String table = table(bridge, seconds, true);
        if (live) {
            draw(table);
        } else {
            out.println(table);
        }
        out.flush();
    }

    /** Overwrites what stands there line by line, which flickers less than to clear the screen before. */
    private void draw(String table) {
        if (!onAlternateScreen) {
            out.print(ENTER);
            onAlternateScreen = true;
        }
        StringBuilder screen = new StringBuilder(HOME);
        Stream.concat(table.lines(), reports.stream()).forEach(
            line -> screen.append(line).append(CLEAR_REST_OF_LINE).append(System.lineSeparator()));
        out.print(screen.append(CLEAR_REST_OF_SCREEN));
    }

    /** The totals since the start, which end the live table. */
    @Override
    public synchronized void showTotals(Bridge bridge) {
        close();
        ports.replaceAll((port, shown) -> NOTHING);
        out.println("totals:");
        out.println(table(bridge, 1, false));
        if (!forgotten.isEmpty()) {
            out.println(forgotten);
        }
        if (ports.keySet().stream().anyMatch(port -> port.stats().system().received() > 0)) {
            out.println(KERNEL_DROPS);
        }
        out.flush();
    }

    /** Ends the live table, and prints what was said while it was there. */
    @Override
    public synchronized void close() {
        ended = true;
        if (onAlternateScreen) {
            onAlternateScreen = false;
            out.print(LEAVE);
            reports.subList(printed, reports.size()).forEach(out::println);
            printed = reports.size();
            out.flush();
        }
    }

    private String table(Bridge bridge, double seconds, boolean rates) {
        int width = NAME_WIDTH;
        for (BridgePort port : ports.keySet()) {
            width = Math.max(width, port.name().length());
        }
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, ROW, pad("port", width), "state", rates ? "rx frames/s" : "rx frames",
            rates ? "rx bits/s" : "rx bytes", rates ? "tx frames/s" : "tx frames", rates ? "tx bits/s" : "tx bytes",
            "drops"));
        for (Map.Entry<BridgePort, PortStats> shown : ports.entrySet()) {
            PortStats now = shown.getKey().stats();
            PortStats before = shown.setValue(now);
            text.append(String.format(Locale.ROOT, ROW, pad(now.name(), width),
                now.state().name().toLowerCase(Locale.ROOT),
                ShortNumber.of((now.rxFrames() - before.rxFrames()) / seconds),
                ShortNumber.of((now.rxBytes() - before.rxBytes()) * (rates ? 8 : 1) / seconds),
                ShortNumber.of((now.txFrames() - before.txFrames()) / seconds),
                ShortNumber.of((now.txBytes() - before.txBytes()) * (rates ? 8 : 1) / seconds), drops(now)));
            if (now.state() == PortState.DOWN) {
                text.append(advice(now.name()));
            }
        }
        appendStations(bridge, text);
        return text.toString().stripTrailing();
    }

    /** What to do about a port that is down: a network interface, {@code tap:NAME}, or a socket without a peer. */
    static String advice(String name) {
        if (name.startsWith("dgram:") || name.startsWith("stream:") || name.startsWith("vhost:")) {
            return String.format("  down: nobody is at the other end%n");
        }
        return String.format("  down: ip link set dev %s up%n", name.substring(name.indexOf(':') + 1));
    }

    private static String pad(String name, int width) {
        return name + " ".repeat(Math.max(0, width - name.length()));
    }

    /** What a port has dropped, by reason, in a line. */
    static String drops(PortStats port) {
        List<String> drops = new ArrayList<>();
        addReasons(drops, "rx ", port.rxDrops());
        addReasons(drops, "tx ", port.txDrops());
        new TreeMap<>(port.malformed()).forEach((verdict, count) ->
            drops.add("of these " + verdict.name().toLowerCase(Locale.ROOT).replace('_', '-') + " " + count));
        add(drops, "rx reserved", port.reserved());
        add(drops, "rx bad-source", port.badSource());
        new TreeMap<>(port.conditions()).forEach((name, count) -> add(drops, name, count));
        add(drops, "rx kernel", port.system().received());
        add(drops, "tx kernel", port.system().sent());
        return drops.isEmpty() ? "-" : String.join(", ", drops);
    }

    private static void addReasons(List<String> drops, String direction, Map<DropReason, Long> counts) {
        new TreeMap<>(counts).forEach((reason, count) -> add(drops, direction + reason.label(), count));
    }

    private static void add(List<String> drops, String name, long count) {
        if (count > 0) {
            drops.add(name + " " + count);
        }
    }

    private static void appendStations(Bridge bridge, StringBuilder text) {
        BridgeStats stats = bridge.stats();
        List<Station> stations = bridge.stations();
        text.append(String.format(Locale.ROOT, "%d address%s", stations.size(), stations.size() == 1 ? "" : "es"));
        if (stats.moved() > 0) {
            text.append(", ").append(moves(stats.moved()));
        }
        if (stats.refused() > 0) {
            text.append(", ").append(stats.refused()).append(" frames not learned from as the table was full");
        }
        stations.sort(Comparator.comparing(Station::ageSeconds).thenComparing(Station::address));
        for (Station station : stations.subList(0, Math.min(MAX_STATIONS, stations.size()))) {
            text.append(String.format(Locale.ROOT, "%n  %s  %-16s %4d s", station.address(), station.port(),
                station.ageSeconds()));
            if (station.moves() > 0) {
                text.append("  ").append(moves(station.moves()));
                if (station.movedFrom() != null) {
                    text.append(", the last from ").append(station.movedFrom());
                }
            }
        }
        if (stations.size() > MAX_STATIONS) {
            text.append(String.format(Locale.ROOT, "%n  and %d more", stations.size() - MAX_STATIONS));
        }
    }

    private static String moves(long count) {
        return count + (count == 1 ? " move" : " moves");
    }
}
