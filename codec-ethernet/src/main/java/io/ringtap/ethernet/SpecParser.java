/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Reads the text form of a handler's settings, {@code drop=0.01,delay=5ms}: one part after the other, each with errors
 * that name the part and what would be right.
 */
final class SpecParser {
    private final String kind;
    private final String spec;
    private final String[] parts;
    private final Set<String> seen = new LinkedHashSet<>();
    private int next;
    private String key;
    private String value;

    SpecParser(String kind, String spec) {
        this.kind = kind;
        this.spec = spec;
        parts = spec.split(",", -1);
    }

    /** Moves to the next part; false behind the last. */
    boolean next() {
        if (next == parts.length) {
            return false;
        }
        String part = parts[next++].trim();
        if (part.isEmpty()) {
            throw error(spec.isBlank() ? "it is empty" : "a part is empty");
        }
        int equals = part.indexOf('=');
        key = equals < 0 ? "" : part.substring(0, equals).trim();
        value = part.substring(equals + 1).trim();
        if (equals >= 0 && !seen.add(key)) {
            throw error("'" + key + "' is given twice");
        }
        return true;
    }

    /** What stands before the equals sign, empty if there is none. */
    String key() {
        return key;
    }

    String value() {
        return value;
    }

    double probability() {
        return probability(value);
    }

    double probability(String text) {
        double probability;
        try {
            probability = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            probability = Double.NaN;
        }
        if (probability >= 0 && probability <= 1) {
            return probability;
        }
        throw error(key + " takes a probability from 0 to 1, not '" + text + "'");
    }

    long integer(long min, long max) {
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below, as a number out of range is
        }
        throw error(key + " takes a whole number from " + min + " to " + max + ", not '" + value + "'");
    }

    /** A time in nanoseconds, up to an hour. */
    long nanos(String text) {
        double nanos = scaled(text, new String[] {"ns", "us", "ms", "s"}, new double[] {1, 1e3, 1e6, 1e9});
        if (nanos >= 0 && nanos <= 3600e9) {
            return (long) nanos;
        }
        throw error(key + " takes a time such as 5ms, at most 3600s, not '" + text + "'");
    }

    /** A size in bytes; k, m and g are powers of 1024, as tc(8) has them. */
    int bytes() {
        double bytes = scaled(value, new String[] {"k", "m", "g", ""}, new double[] {1 << 10, 1 << 20, 1 << 30, 1});
        if (bytes >= 1 && bytes <= Integer.MAX_VALUE) {
            return (int) bytes;
        }
        throw error(key + " takes a size such as 64k, at most 2147483647 bytes, not '" + value + "'");
    }

    /** The number before the first unit that the text ends with, times the unit's factor; NaN if it is none. */
    static double scaled(String text, String[] units, double[] factors) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (int i = 0; i < units.length; i++) {
            if (lower.endsWith(units[i])) {
                String digits = lower.substring(0, lower.length() - units[i].length()).trim();
                // Double.parseDouble takes more than a number here: 1e3, 0x1p3, Infinity, 5d.
                return digits.matches("[0-9]{1,15}(\\.[0-9]{1,9})?") ? Double.parseDouble(digits) * factors[i]
                    : Double.NaN;
            }
        }
        return Double.NaN;
    }

    Set<FrameDirection> directions() {
        return switch (value) {
            case "in" -> EnumSet.of(FrameDirection.INBOUND);
            case "out" -> EnumSet.of(FrameDirection.OUTBOUND);
            case "both" -> EnumSet.allOf(FrameDirection.class);
            default -> throw error("direction is in, out or both, not '" + value + "'");
        };
    }

    IllegalArgumentException unknown(String known) {
        return error((key.isEmpty() ? "'" + value + "' is no setting" : "'" + key + "' is not known")
            + "; known are " + known);
    }

    IllegalArgumentException error(String what) {
        return new IllegalArgumentException(kind + " '" + spec + "': " + what);
    }
}
