/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelStats;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import io.ringtap.examples.ShortNumber;
import io.ringtap.virtio.VirtioNetVerdict;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Shows what passes through a {@link Bridge}: plain lines, or on a terminal a live table. The table is drawn on the
 * alternate screen, so that what was on the terminal before is there again afterwards; see xterm's control sequences.
 * Any thread.
 */
final class BridgeReport implements AutoCloseable {
    /** Saves the cursor, switches to the alternate screen, cleared, and hides the cursor. */
    private static final String ENTER = "\033[?1049h\033[?25l";
    /** Undoes {@link #ENTER}. */
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String HOME = "\033[H";
    private static final String CLEAR_REST_OF_LINE = "\033[K";
    private static final String CLEAR_REST_OF_SCREEN = "\033[J";
    private static final int NAME_WIDTH = 16;
    private static final String ROW = "%s %-7s %12s %12s %12s %12s  %s%n";
    private static final int MAX_STATIONS = 16;
    private static final int MAX_REPORTS = 8;

    private final PrintStream out;
    private final boolean live;
    private final Map<BridgePort, Sample> last = new HashMap<>();
    /** The last ones, which stand below a live table. */
    private final List<String> reports = new ArrayList<>();
    /** How many of these were printed on the ordinary screen. */
    private int printed;
    private boolean onAlternateScreen;
    private boolean ended;
    private long lastNanos = System.nanoTime();

    private record Sample(long rxFrames, long rxBytes, long txFrames, long txBytes) {
        static final Sample ZERO = new Sample(0, 0, 0, 0);

        static Sample of(BridgePort port) {
            Sample sum = ZERO;
            for (FrameChannel channel : port.channels()) {
                FrameChannelStats stats = channel.stats();
                sum = new Sample(sum.rxFrames + stats.rxFrames(), sum.rxBytes + stats.rxBytes(),
                    sum.txFrames + stats.txFrames(), sum.txBytes + stats.txBytes());
            }
            return sum;
        }
    }

    /**
     * A report.
     *
     * @param live whether the table is drawn over itself, on a terminal
     */
    BridgeReport(PrintStream out, boolean live) {
        this.out = out;
        this.live = live;
    }

    /** Something happened that a reader should know of. */
    synchronized void say(String line) {
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
    synchronized void show(Bridge bridge) {
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
    synchronized void showTotals(Bridge bridge) {
        close();
        last.clear();
        out.println("totals:");
        out.println(table(bridge, 1, false));
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
        for (BridgePort port : bridge.ports()) {
            width = Math.max(width, port.name().length());
        }
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, ROW, pad("port", width), "state", rates ? "rx frames/s" : "rx frames",
            rates ? "rx bits/s" : "rx bytes", rates ? "tx frames/s" : "tx frames", rates ? "tx bits/s" : "tx bytes",
            "drops"));
        for (BridgePort port : bridge.ports()) {
            if (port.channel() == null) {
                continue;
            }
            Sample now = Sample.of(port);
            Sample before = Objects.requireNonNullElse(last.put(port, now), Sample.ZERO);
            text.append(String.format(Locale.ROOT, ROW, pad(port.name(), width),
                port.state().name().toLowerCase(Locale.ROOT),
                ShortNumber.of((now.rxFrames - before.rxFrames) / seconds),
                ShortNumber.of((now.rxBytes - before.rxBytes) * (rates ? 8 : 1) / seconds),
                ShortNumber.of((now.txFrames - before.txFrames) / seconds),
                ShortNumber.of((now.txBytes - before.txBytes) * (rates ? 8 : 1) / seconds), drops(port)));
            if (port.state() == BridgePort.State.DOWN) {
                text.append(advice(port.name()));
            }
        }
        appendStations(bridge, text);
        return text.toString().stripTrailing();
    }

    /** What to do about a network interface that is down, {@code tap:NAME}. */
    static String advice(String name) {
        return String.format("  down: ip link set dev %s up%n", name.substring(name.indexOf(':') + 1));
    }

    private static String pad(String name, int width) {
        return name + " ".repeat(Math.max(0, width - name.length()));
    }

    private static String drops(BridgePort port) {
        List<String> drops = new ArrayList<>();
        for (DropReason reason : DropReason.values()) {
            long count = port.channels().stream().mapToLong(channel -> channel.stats().rxDrops(reason)).sum();
            if (count > 0) {
                drops.add("rx " + reason.label() + " " + count);
            }
        }
        for (DropReason reason : DropReason.values()) {
            long count = port.channels().stream().mapToLong(channel -> channel.stats().txDrops(reason)).sum();
            if (count > 0) {
                drops.add("tx " + reason.label() + " " + count);
            }
        }
        for (Map.Entry<VirtioNetVerdict, Long> verdict : port.malformed().entrySet()) {
            drops.add("of these " + verdict.getKey().name().toLowerCase(Locale.ROOT).replace('_', '-') + " "
                + verdict.getValue());
        }
        if (port.reserved() > 0) {
            drops.add("rx reserved " + port.reserved());
        }
        if (port.badSource() > 0) {
            drops.add("rx bad-source " + port.badSource());
        }
        port.conditions().report(drops);
        DeviceDrops kernel = port.channel().deviceDrops();
        if (kernel.received() > 0) {
            drops.add("rx kernel " + kernel.received());
        }
        // What it refused to a queue is in the counters of that one, and among the drops that the others see.
        long lost = kernel.sent() - port.channels().stream().skip(1).mapToLong(queue ->
            queue.stats().txDrops(DropReason.DOWN) + queue.stats().txDrops(DropReason.NO_BUFFERS)).sum();
        if (lost > 0) {
            drops.add("tx kernel " + lost);
        }
        return drops.isEmpty() ? "-" : String.join(", ", drops);
    }

    private static void appendStations(Bridge bridge, StringBuilder text) {
        MacTable table = bridge.table();
        List<MacTable.Entry> stations = table.snapshot(MacTable.seconds());
        text.append(String.format(Locale.ROOT, "%d address%s", stations.size(), stations.size() == 1 ? "" : "es"));
        if (table.moved() > 0) {
            text.append(", ").append(moves(table.moved()));
        }
        if (table.refused() > 0) {
            text.append(", ").append(table.refused()).append(" frames not learned from as the table was full");
        }
        stations.sort(Comparator.comparing(MacTable.Entry::ageSeconds).thenComparing(MacTable.Entry::address));
        for (MacTable.Entry station : stations.subList(0, Math.min(MAX_STATIONS, stations.size()))) {
            MacAddress address = station.address();
            text.append(String.format(Locale.ROOT, "%n  %s  %-16s %4d s", address,
                bridge.ports().get(station.port()).name(), station.ageSeconds()));
            if (station.moves() > 0) {
                text.append("  ").append(moves(station.moves())).append(", the last from ")
                    .append(bridge.ports().get(station.movedFrom()).name());
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
