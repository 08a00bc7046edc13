/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import java.util.Arrays;

/**
 * Which port of a switch a MAC address was seen on last: 1024 entries, as in the kernel's VALE, each shared by the
 * addresses that hash to it, the newest one winning. So it never grows, and a flood of made-up addresses costs flooding
 * but no memory. Addresses are any injective 48-bit number of theirs.
 */
final class MacTable {
    static final int SIZE = 1024;
    private static final long NONE = -1;
    private static final int MIX_SHIFT = 64 - 10;

    private final long[] addresses = new long[SIZE];
    private final ValePort[] ports = new ValePort[SIZE];

    MacTable() {
        Arrays.fill(addresses, NONE);
    }

    void learn(long address, ValePort port) {
        int i = slot(address);
        addresses[i] = address;
        ports[i] = port;
    }

    /** The port of an address, or {@code null} if it is not known. */
    ValePort find(long address) {
        int i = slot(address);
        return addresses[i] == address ? ports[i] : null;
    }

    /** Forgets what was learned of a port that leaves. */
    void forget(ValePort port) {
        for (int i = 0; i < SIZE; i++) {
            if (ports[i] == port) {
                ports[i] = null;
                addresses[i] = NONE;
            }
        }
    }

    /** Fibonacci hashing: the golden ratio of 2^64 spreads addresses that are counted up. */
    private static int slot(long address) {
        return (int) (address * 0x9e37_79b9_7f4a_7c15L >>> MIX_SHIFT);
    }
}
