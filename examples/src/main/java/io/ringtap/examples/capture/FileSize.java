/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.capture;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The size of a file as tcpdump's {@code -C} takes it: millions of bytes, or with a suffix KiB, MiB or GiB. */
final class FileSize implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([kKmMgG]?)");
    private static final long MILLION = 1_000_000;

    /** Called by picocli. */
    FileSize() {
    }

    @Override
    public Long convert(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new TypeConversionException("'" + text + "' is no size: expected millions of bytes, such as 10, or a"
                + " number with K, M or G, such as 64K");
        }
        return Long.parseLong(size.group(1)) * switch (size.group(2)) {
            case "k", "K" -> 1L << 10;
            case "m", "M" -> 1L << 20;
            case "g", "G" -> 1L << 30;
            default -> MILLION;
        };
    }
}
