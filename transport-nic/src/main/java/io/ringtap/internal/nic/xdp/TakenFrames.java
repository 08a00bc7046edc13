/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import java.util.Set;

/**
 * Which frames a program hands to the sockets.
 *
 * @param etherTypes of the outermost header
 * @param udpPorts destination ports, of packets that follow the Ethernet header and are no later fragments
 */
public record TakenFrames(Set<Integer> etherTypes, Set<Integer> udpPorts) {
    /** All frames. */
    public static final TakenFrames ALL = new TakenFrames(Set.of(), Set.of());

    /** Whether there is no frame that is left to the host. */
    public boolean isAll() {
        return etherTypes.isEmpty() && udpPorts.isEmpty();
    }
}
