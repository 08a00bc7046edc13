/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of network interfaces: what Linux allows in one, and how one is written in the name of a port. A name is the
 * bytes that the kernel has, one char each.
 */
public final class InterfaceName {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = 15;

    /** A byte as {@link LinkState#shown} writes it, or any other character. */
    private static final Pattern SHOWN = Pattern.compile("\\\\x([0-9a-f]{2})|(?s:.)");

    private InterfaceName() {
    }

    /**
     * Checks a name that a program asks for: the rules of Linux's dev_valid_name, and printable ASCII.
     *
     * @param missing what to say if it is empty
     * @throws IllegalArgumentException if no interface should be called that
     */
    public static String requireValid(String name, String missing) {
        requireLength(Objects.requireNonNull(name, "name"), missing);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '/' || c == ':') {
                throw new IllegalArgumentException("'" + name + "' cannot be the name of an interface: character "
                    + (i + 1) + " is not allowed in one");
            }
        }
        return name;
    }

    /**
     * The name that a text shows: with {@code \\x1b} and its like read as the bytes that they stand for. Only an
     * interface that exists can have such a name, so it has to follow the rules of the kernel alone.
     *
     * @param missing what to say if it is empty
     * @throws IllegalArgumentException if no interface can have it
     */
    public static String requireKernelName(String shown, String missing) {
        StringBuilder name = new StringBuilder();
        Matcher parts = SHOWN.matcher(shown);
        while (parts.find()) {
            String hex = parts.group(1);
            name.append(hex == null ? parts.group().charAt(0) : (char) Integer.parseInt(hex, 16));
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == 0 || c > 0xff || c == '/' || c == ':' || c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0) {
                throw new IllegalArgumentException("'" + shown + "' cannot be the name of an interface: it contains "
                    + LinkState.shown(String.valueOf(c)));
            }
        }
        return requireLength(name.toString(), missing);
    }

    private static String requireLength(String name, String missing) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(missing);
        }
        if (name.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("'" + name + "' is too long for an interface: " + name.length()
                + " characters, at most " + MAX_LENGTH);
        }
        if (name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("'" + name + "' cannot be the name of an interface");
        }
        return name;
    }

    /** A name as ports are written: one that holds a comma stands in brackets. */
    public static String port(String prefix, String name) {
        String text = prefix + LinkState.shown(name);
        return text.indexOf(',') < 0 ? text : '[' + text.replace("]", "\\x5d") + ']';
    }
}
