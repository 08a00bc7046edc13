/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import java.io.Serializable;

/**
 * The {@code @conf} option: how many rings, and slots in each ring, to ask for. 0 leaves the choice to netmap. A port
 * that exists already keeps its numbers.
 *
 * @param txRings transmit rings
 * @param rxRings receive rings
 * @param hostTxRings transmit rings to the host
 * @param hostRxRings receive rings from the host
 * @param txSlots slots in a transmit ring
 * @param rxSlots slots in a receive ring
 */
public record NetmapRingCounts(int txRings, int rxRings, int hostTxRings, int hostRxRings, int txSlots, int rxSlots)
    implements Serializable {
    /** All numbers are chosen by netmap. */
    public static final NetmapRingCounts DEFAULT = new NetmapRingCounts(0, 0, 0, 0, 0, 0);

    /** The option as an address writes it; empty for {@link #DEFAULT}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text, "", "rings", txRings, rxRings);
        append(text, "host-", "rings", hostTxRings, hostRxRings);
        append(text, "", "slots", txSlots, rxSlots);
        return text.toString();
    }

    private static void append(StringBuilder text, String prefix, String key, int tx, int rx) {
        if (tx == rx) {
            append(text, prefix + key, tx);
        } else {
            append(text, prefix + "tx-" + key, tx);
            append(text, prefix + "rx-" + key, rx);
        }
    }

    private static void append(StringBuilder text, String key, int value) {
        if (value != 0) {
            text.append(text.length() == 0 ? "@conf:" : ",").append(key).append('=').append(value);
        }
    }
}
