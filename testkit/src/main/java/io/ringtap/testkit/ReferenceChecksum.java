/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

/** RFC 1071 as simply as it can be written, to hold faster ones against. */
public final class ReferenceChecksum {
    private ReferenceChecksum() {
    }

    /** The sum of the octets, 16 bits; it is not complemented. */
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

    /** The sum of all octets, 16 bits; it is not complemented. */
    public static int sum(byte[] octets) {
        return sum(octets, 0, octets.length);
    }

    /** The sum of two sums. */
    public static int add(int a, int b) {
        return a + b > 0xffff ? a + b - 0xffff : a + b;
    }
}
