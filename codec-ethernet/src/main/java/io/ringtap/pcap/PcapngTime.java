/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

/** How an interface's time stamps count: ticks of a power of ten or of two, from some seconds after 1970. */
record PcapngTime(boolean binary, int exponent, long offsetSeconds) {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Microseconds, which holds where a file does not say. */
    PcapngTime() {
        this(false, 6, 0);
    }

    /** As option if_tsresol has it: the highest bit chooses two, the others are the negative exponent. */
    PcapngTime withResolution(long start, int resolution) throws PcapFormatException {
        boolean two = (resolution & 0x80) != 0;
        int digits = resolution & 0x7f;
        if (digits > (two ? 63 : 18)) {
            throw new PcapFormatException(start, "a time stamp resolution of " + (two ? 2 : 10) + "^-" + digits);
        }
        return new PcapngTime(two, digits, offsetSeconds);
    }

    PcapngTime withOffset(long seconds) {
        return new PcapngTime(binary, exponent, seconds);
    }

    long nanos(long start, long ticks) throws PcapFormatException {
        try {
            return Math.addExact(binary ? binaryNanos(ticks) : decimalNanos(ticks),
                Math.multiplyExact(offsetSeconds, NANOS_PER_SECOND));
        } catch (ArithmeticException e) {
            throw new PcapFormatException(start, "a time stamp of " + Long.toUnsignedString(ticks)
                + " ticks, out of range");
        }
    }

    private long decimalNanos(long ticks) {
        if (exponent > 9) {
            return Long.divideUnsigned(ticks, pow10(exponent - 9));
        }
        if (ticks < 0) {
            throw new ArithmeticException("above 2^63");
        }
        return Math.multiplyExact(ticks, pow10(9 - exponent));
    }

    private long binaryNanos(long ticks) {
        if (exponent == 0) {
            if (ticks < 0) {
                throw new ArithmeticException("above 2^63");
            }
            return Math.multiplyExact(ticks, NANOS_PER_SECOND);
        }
        long fraction = ticks & (1L << exponent) - 1;
        // The product needs up to 93 bits.
        long nanos = Math.multiplyHigh(fraction, NANOS_PER_SECOND) << 64 - exponent
            | fraction * NANOS_PER_SECOND >>> exponent;
        return Math.addExact(Math.multiplyExact(ticks >>> exponent, NANOS_PER_SECOND), nanos);
    }

    private static long pow10(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
