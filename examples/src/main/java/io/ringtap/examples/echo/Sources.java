/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.echo;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.MacAddress;

/** Which addresses a frame may come from, so that an answer can go there. */
final class Sources {
    private Sources() {
    }

    /** Whether a station can have the address: it is no group, not zero, and not this host's own. */
    static boolean isStation(long address, MacAddress own) {
        return !MacAddress.isMulticast(address) && address != 0 && address != own.bits();
    }

    /**
     * Whether an IPv4 address at an index can be another host's (RFC 1122, section 3.2.1.3): it is not of this network
     * (0/8), the loopback (127/8), a group (224/4), the limited broadcast, nor this host's own.
     */
    static boolean isHost4(ByteBuf frame, int index, byte[] own) {
        int first = frame.getUnsignedByte(index);
        return first != 0 && first != 127 && first >> 4 != 14 && frame.getInt(index) != -1
            && !equals(frame, index, own);
    }

    /**
     * Whether an IPv6 address at an index can be another host's (RFC 4291, section 2.5): it is no group, neither the
     * unspecified nor the loopback address, nor this host's own.
     */
    static boolean isHost6(ByteBuf frame, int index, byte[] own) {
        boolean special = frame.getLong(index) == 0 && (frame.getLong(index + 8) & ~1L) == 0;
        return !special && frame.getUnsignedByte(index) != 0xff && !equals(frame, index, own);
    }

    static boolean equals(ByteBuf frame, int index, byte[] address) {
        for (int i = 0; i < address.length; i++) {
            if (frame.getByte(index + i) != address[i]) {
                return false;
            }
        }
        return true;
    }
}
