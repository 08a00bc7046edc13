/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/** What walks a whole {@link MacTable}, and no frame does. Any thread, beside those that learn and look up. */
final class MacTableScan {
    private final MacSlots slots;

    MacTableScan(MacSlots slots) {
        this.slots = slots;
    }

    /** Forgets all stations that were learned. Returns how many there were. */
    int clear() {
        int removed = 0;
        for (int slot = 0; slot < slots.count(); slot++) {
            long entry = slots.entry(slot);
            if (entry != MacSlots.FREE && (entry & MacSlots.STATIC) == 0 && slots.remove(slot, entry)) {
                removed++;
            }
        }
        return removed;
    }

    /** Forgets the stations of a port, those that somebody has set too if it is deleted. Returns how many. */
    int removePort(int port, boolean deleted) {
        long compared = deleted ? MacSlots.PORT_MASK : MacSlots.STATIC | MacSlots.PORT_MASK;
        int removed = 0;
        // What says that the port has gone was written before, and is seen by whoever learns behind this scan.
        VarHandle.fullFence();
        for (int slot = 0; slot < slots.count(); slot++) {
            long entry = slots.entry(slot);
            if ((entry & compared) == port + 1 && slots.remove(slot, entry)) {
                removed++;
            }
        }
        return removed;
    }

    /** Frees the slots of stations that were silent for the ageing time. Returns how many there were. */
    int removeAged(int now) {
        int removed = 0;
        for (int slot = 0; slot < slots.count(); slot++) {
            long entry = slots.entry(slot);
            if (entry != MacSlots.FREE && slots.isAged(entry, slot, now) && slots.remove(slot, entry)) {
                removed++;
            }
        }
        return removed;
    }

    /** The stations known now, in no order. */
    List<MacTable.Entry> snapshot(int now) {
        List<MacTable.Entry> stations = new ArrayList<>(slots.size());
        for (int slot = 0; slot < slots.count(); slot++) {
            long entry = slots.entry(slot);
            if (entry != MacSlots.FREE && !slots.isAged(entry, slot, now)) {
                long moves = slots.moves(slot);
                stations.add(new MacTable.Entry(MacAddress.of(entry >>> 16), port(entry),
                    Math.max(0, now - slots.heard(slot)), moves >>> 16, port(moves), (entry & MacSlots.STATIC) != 0));
            }
        }
        return stations;
    }

    private static int port(long word) {
        return (int) (word & MacSlots.PORT_MASK) - 1;
    }
}
