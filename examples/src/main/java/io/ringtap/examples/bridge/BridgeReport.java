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

/**
 * Shows what passes through a {@link Bridge}: a table that is drawn over itself on a terminal, plain lines elsewhere.
 * One thread at a time.
 */
final class BridgeReport {
    private static final String HOME_AND_CLEAR = "\033[H\033[J";
    private static final int NAME_WIDTH = 16;
    private static final String ROW = "%s %-7s %12s %12s %12s %12s  %s%n";
    private static final int MAX_STATIONS = 16;
    private static final int MAX_REPORTS = 8;

    private final PrintStream out;
    private final boolean terminal;
    private final Map<BridgePort, Sample> last = new HashMap<>();
    private final List<String> reports = new ArrayList<>();
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

    BridgeReport(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Something happened that a reader should know of. Any thread. */
    synchronized void say(String line) {
        if (terminal) {
            reports.add(line);
            if (reports.size() > MAX_REPORTS) {
                reports.remove(0);
            }
        } else {
            out.println(line);
        }
    }

    /** The last line: nothing is drawn over it. */
    synchronized void conclude(String line) {
        out.println(line);
        out.flush();
    }

    /** The state now, with rates since the last call. */
    synchronized void show(Bridge bridge) {
        long now = System.nanoTime();
        double seconds = Math.max(1e-3, (now - lastNanos) / 1e9);
        lastNanos = now;
        if (terminal) {
            out.print(HOME_AND_CLEAR);
        }
        out.println(table(bridge, seconds, true));
        if (terminal) {
            reports.forEach(out::println);
        }
        out.flush();
    }

    /** The totals since the start. */
    synchronized void showTotals(Bridge bridge) {
        last.clear();
        out.println("totals:");
        out.println(table(bridge, 1, false));
        out.flush();
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
        }
        appendStations(bridge, text);
        return text.toString().stripTrailing();
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
