/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.internal.udp.SocketName;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * The addresses that have a prefix in common.
 *
 * @param high the upper 64 bits, as of {@link SocketName}
 * @param low the lower 64 bits
 * @param bits the length of the prefix, of 128
 */
public record Network(long high, long low, int bits) {
    private static final int IPV4_BITS = 96;
    private static final int MOST = 128;

    /**
     * Reads {@code 192.0.2.0/24} or {@code 2001:db8::/32}.
     *
     * @throws IllegalArgumentException if it is none, saying why
     */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException(text + " is no network such as 192.0.2.0/24 or 2001:db8::/32");
        }
        int least = address instanceof Inet4Address ? IPV4_BITS : 0;
        int bits = slash < 0 ? MOST : parseBits(text, slash, least);
        return new Network(SocketName.high(address), SocketName.low(address), bits);
    }

    private static int parseBits(String text, int slash, int least) {
        int most = MOST - least;
        try {
            int length = Integer.parseInt(text.substring(slash + 1));
            if (length >= 0 && length <= most) {
                return least + length;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException(text + ": the length of the prefix is 0 to " + most);
    }

    /** Whether an address has the prefix. */
    public boolean contains(long otherHigh, long otherLow) {
        return equal(high, otherHigh, Math.min(bits, Long.SIZE))
            && equal(low, otherLow, Math.max(0, bits - Long.SIZE));
    }

    private static boolean equal(long one, long other, int first) {
        return first == 0 || (one ^ other) >>> Long.SIZE - first == 0;
    }
}
