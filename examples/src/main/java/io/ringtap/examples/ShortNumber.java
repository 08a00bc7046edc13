/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import java.util.Locale;

/** Numbers for people. */
public final class ShortNumber {
    private ShortNumber() {
    }

    /** A number of at most six characters: 999, 12.3k, 4.56G. */
    public static String of(double value) {
        String[] suffixes = {"", "k", "M", "G", "T"};
        double rest = value;
        int step = 0;
        while (rest >= 999.5 && step < suffixes.length - 1) {
            rest /= 1000;
            step++;
        }
        if (step == 0) {
            return String.format(Locale.ROOT, "%.0f", rest);
        }
        return String.format(Locale.ROOT, rest >= 99.95 ? "%.0f%s" : rest >= 9.995 ? "%.1f%s" : "%.2f%s", rest,
            suffixes[step]);
    }
}
