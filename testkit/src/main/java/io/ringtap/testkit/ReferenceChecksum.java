/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

/** The checksum of RFC 1071 in its simplest form, to compare faster implementations with. */
public final class ReferenceChecksum {
    private ReferenceChecksum() {
    }

    /** The 16-bit sum of the octets, not complemented. */
    public static int sum(byte[] octets, int from, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            int octet = octets[from + i] & 0xff;
            sum += i % 2 == 0 ? octet * 256 : octet;
        }
        while (sum > 0xffff) {
            sum = sum % 0x10000 + sum / 0x10000;
        }
        return (int) sum;
    }

    /** The 16-bit sum of all octets, not complemented. */
    public static int sum(byte[] octets) {
        return sum(octets, 0, octets.length);
    }

    /** The sum of two sums. */
    public static int add(int a, int b) {
        return a + b > 0xffff ? a + b - 0xffff : a + b;
    }
}
