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

/**
 * Finds stations that have moved, and those that move to and fro between ports, as they do when there is another way
 * round the bridge, a loop. A station that moves now and then, as a virtual machine does, is no sign of one. Each that
 * moves to and fro is told of once, while it is known. One thread.
 */
final class FlapDetector {
    /** Moves between two looks, which are about a second apart. */
    static final int FAST = 5;

    private final MacTable table;
    private final Consumer<MacTable.Entry> moved;
    private final Consumer<List<MacTable.Entry>> flapping;
    private Map<MacAddress, Long> before = Map.of();
    private Set<MacAddress> told = Set.of();
    private long movedBefore;
    private Map<Integer, Long> fastMoves = Map.of();

    /**
     * For a table that has just been made.
     *
     * @param moved told of each station that has moved, at each look
     * @param flapping told of those that move to and fro and were not told of before, if there are such
     */
    FlapDetector(MacTable table, Consumer<MacTable.Entry> moved, Consumer<List<MacTable.Entry>> flapping) {
        this.table = table;
        this.moved = moved;
        this.flapping = flapping;
    }

    /**
     * How often stations that moved to and fro between the last two looks did so between this port and others. One that
     * moves once, as all stations behind a link do that takes the place of another, does not count.
     *
     * @param port its index
     */
    long fastMoves(int port) {
        return fastMoves.getOrDefault(port, 0L);
    }

    /** Looks at what has moved since the last look; costs nothing where nothing has. */
    void look(int now) {
        long movedNow = table.moved();
        if (movedNow == movedBefore) {
            fastMoves = Map.of();
            return;
        }
        movedBefore = movedNow;
        Map<MacAddress, Long> moves = new HashMap<>();
        Set<MacAddress> known = new HashSet<>();
        List<MacTable.Entry> fast = new ArrayList<>();
        Map<Integer, Long> byPort = new HashMap<>();
        for (MacTable.Entry station : table.snapshot(now)) {
            if (station.moves() == 0) {
                continue;
            }
            moves.put(station.address(), station.moves());
            // One that was forgotten meanwhile counts from 0 again.
            long seen = before.getOrDefault(station.address(), 0L);
            long since = station.moves() < seen ? station.moves() : station.moves() - seen;
            if (since > 0) {
                moved.accept(station);
            }
            if (since >= FAST) {
                byPort.merge(station.port(), since, Long::sum);
                byPort.merge(station.movedFrom(), since, Long::sum);
            }
            if (told.contains(station.address())) {
                known.add(station.address());
            } else if (since >= FAST) {
                fast.add(station);
            }
        }
        fast.forEach(station -> known.add(station.address()));
        before = moves;
        told = known;
        fastMoves = byPort;
        if (!fast.isEmpty()) {
            flapping.accept(fast);
        }
    }
}
