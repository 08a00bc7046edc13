/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.view;

import java.util.List;

/**
 * A bridge at one moment.
 *
 * @param time milliseconds since 1970
 * @param uptimeSeconds how long it has run
 * @param header bytes of the virtio-net header of frames inside
 * @param stations how many stations it knows
 * @param learned how many stations were entered
 * @param moved how often a station has moved
 * @param aged how many stations were forgotten as they were silent
 * @param refused frames whose source was not learned, as the table was full
 * @param ports its ports in the order they came, and behind them some that have gone
 */
public record BridgeState(long time, long uptimeSeconds, int header, int stations, long learned, long moved, long aged,
                          long refused, List<PortView> ports) {
}
