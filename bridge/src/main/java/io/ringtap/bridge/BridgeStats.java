/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import java.util.List;

/**
 * What a bridge has done so far, at one moment.
 *
 * @param ports its ports, in the order they came
 * @param stations how many stations it knows
 * @param learned how many stations were entered since it was opened
 * @param moved how often a station was heard on another port than before
 * @param aged how many stations were forgotten as they were silent
 * @param refused frames whose source was not learned, as the table of stations was full
 */
public record BridgeStats(List<PortStats> ports, int stations, long learned, long moved, long aged, long refused) {
    /** Copies the list. */
    public BridgeStats {
        ports = List.copyOf(ports);
    }
}
