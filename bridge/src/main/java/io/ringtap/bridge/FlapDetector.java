/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Warns of stations that move to and fro between ports, as they do when there is another way round the bridge, a loop.
 * A station that moves now and then, as a virtual machine does, is none. Each is told of once, while it is known. One
 * thread.
 */
final class FlapDetector {
    /** Moves between two looks, which are about a second apart. */
    static final int FAST = 5;

    private final MacTable table;
    private final IntFunction<String> portNames;
    private final Consumer<String> reports;
    private Map<MacAddress, Long> before = Map.of();
    private Set<MacAddress> told = Set.of();
    private long movedBefore;

    /**
     * For a table that has just been made.
     *
     * @param portNames the name of a port, by its index
     * @param reports told in a line
     */
    FlapDetector(MacTable table, IntFunction<String> portNames, Consumer<String> reports) {
        this.table = table;
        this.portNames = portNames;
        this.reports = reports;
    }

    /** Looks at what has moved since the last look; costs nothing where nothing has. */
    void look(int now) {
        long moved = table.moved();
        if (moved == movedBefore) {
            return;
        }
        movedBefore = moved;
        Map<MacAddress, Long> moves = new HashMap<>();
        Set<MacAddress> known = new HashSet<>();
        List<MacTable.Entry> flapping = new ArrayList<>();
        for (MacTable.Entry station : table.snapshot(now)) {
            if (station.moves() == 0) {
                continue;
            }
            moves.put(station.address(), station.moves());
            if (told.contains(station.address())) {
                known.add(station.address());
            } else if (station.moves() - before.getOrDefault(station.address(), 0L) >= FAST) {
                flapping.add(station);
            }
        }
        if (!flapping.isEmpty()) {
            warn(flapping);
        }
        flapping.forEach(station -> known.add(station.address()));
        before = moves;
        told = known;
    }

    private void warn(List<MacTable.Entry> flapping) {
        MacTable.Entry first = flapping.get(0);
        reports.accept(first.address() + (flapping.size() == 1 ? " moves" : " and " + (flapping.size() - 1)
            + " more move") + " to and fro between " + portNames.apply(first.movedFrom()) + " and "
            + portNames.apply(first.port()) + ", " + first.moves() + " times so far: there may be a loop");
    }
}
