/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;

/**
 * Which of the sixteen reserved group addresses 01:80:C2:00:00:00 to 0F a bridge passes on, as {@code group_fwd_mask}
 * of a Linux bridge says it: a bit for each last octet.
 *
 * <p>BPDUs, to 01:80:C2:00:00:00, are passed on always, as by a Linux bridge that runs no spanning tree: this one runs
 * none, and only bridges that hear each other through it can find and block the other way round it. All others are for
 * the station at the other end of the link, and go no further unless the mask says so.
 *
 * <p>Bits 0 to 2 cannot be given, as Linux refuses them: BPDUs need none, and pause frames (01) and those of link
 * aggregation (02) are about one link and wrong on any other.
 *
 * @param mask bits 3 to 15
 */
public record GroupForwarding(int mask) {
    /** BPDUs only. */
    public static final GroupForwarding BPDUS = new GroupForwarding(0);

    /** {@code BR_GROUPFWD_RESTRICTED} of {@code net/bridge/br_private.h}. */
    private static final int RESTRICTED = 0x7;
    private static final int BPDU = 1;
    private static final int OCTETS = 0xf;

    /**
     * Checks the mask.
     *
     * @throws IllegalArgumentException if another bit is set
     */
    public GroupForwarding {
        if (mask < 0 || mask > 0xffff) {
            throw new IllegalArgumentException("a mask has a bit for each of 16 addresses: 0x0 to 0xfff8");
        }
        if ((mask & RESTRICTED) != 0) {
            throw new IllegalArgumentException("bits 0 to 2 cannot be set: BPDUs (0) are passed on always, pause frames"
                + " (1) and LACP (2) never");
        }
    }

    /**
     * Reads {@code 0x4000} or {@code 16384}.
     *
     * @throws IllegalArgumentException if it is no mask, saying why
     */
    public static GroupForwarding parse(String text) {
        int mask;
        try {
            mask = Integer.decode(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("no number, such as 0x4000 for LLDP", e);
        }
        return new GroupForwarding(mask);
    }

    /**
     * Whether frames to a reserved address are passed on.
     *
     * @param address for which {@link MacAddress#isBridgeReserved} holds
     */
    boolean passes(long address) {
        return ((mask | BPDU) >>> (address & OCTETS) & 1) != 0;
    }
}
