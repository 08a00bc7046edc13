/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/**
 * The name of a file with conversions of strftime(3) for the time at which the file begins, such as {@code
 * trace-%H%M%S.pcapng}; {@code %%} stands for a percent sign.
 */
final class TimedName {
    /** Those that are usual in names of files, as patterns of {@link DateTimeFormatter}. */
    private static final Map<Character, String> CONVERSIONS = Map.ofEntries(Map.entry('Y', "uuuu"),
        Map.entry('y', "uu"), Map.entry('m', "MM"), Map.entry('d', "dd"), Map.entry('j', "DDD"), Map.entry('H', "HH"),
        Map.entry('I', "hh"), Map.entry('M', "mm"), Map.entry('S', "ss"), Map.entry('p', "a"), Map.entry('a', "EEE"),
        Map.entry('A', "EEEE"), Map.entry('b', "MMM"), Map.entry('B', "MMMM"), Map.entry('Z', "zzz"),
        Map.entry('z', "xx"), Map.entry('F', "uuuu-MM-dd"), Map.entry('T', "HH:mm:ss"), Map.entry('R', "HH:mm"));

    private TimedName() {
    }

    /**
     * The name of a file that begins at a time.
     *
     * @param nanos since 1970
     * @throws IllegalArgumentException if a conversion is not known
     */
    static Path at(Path pattern, long nanos, ZoneId zone) {
        ZonedDateTime time = Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L),
            Math.floorMod(nanos, 1_000_000_000L)).atZone(zone);
        String text = pattern.toString();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '%') {
                name.append(text.charAt(i));
                continue;
            }
            i++;
            char conversion = i < text.length() ? text.charAt(i) : 0;
            String format = CONVERSIONS.get(conversion);
            if (conversion == '%') {
                name.append('%');
            } else if (conversion == 's') {
                name.append(time.toEpochSecond());
            } else if (format == null) {
                throw new IllegalArgumentException(conversion == 0 ? "the name ends in %" : "no conversion %"
                    + conversion + " is known: use %Y %m %d %H %M %S, %F %T, %j, %s, or %% for a percent sign");
            } else {
                name.append(DateTimeFormatter.ofPattern(format, Locale.ENGLISH).format(time));
            }
        }
        return pattern.getFileSystem().getPath(name.toString());
    }
}
