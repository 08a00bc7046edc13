/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;

/**
 * A station that a bridge knows.
 *
 * @param address its address
 * @param port behind which port it is
 * @param ageSeconds how long ago it was last heard
 * @param moves how often it was heard on another port than before
 * @param movedFrom the port before the last move; {@code null} without a move, or if that port is no more
 * @param isStatic whether it was set by {@link Bridge#setStation}, and not learned
 */
public record Station(MacAddress address, BridgePort port, int ageSeconds, long moves, BridgePort movedFrom,
                      boolean isStatic) {
}
