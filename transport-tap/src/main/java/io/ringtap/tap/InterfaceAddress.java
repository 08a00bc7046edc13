/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.LinkState;

import java.net.SocketAddress;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a network interface that a channel makes or opens: what tap and TUN addresses share. A name that a
 * program asks for follows the rules below. A name that the kernel tells may hold other bytes, as a rename can give an
 * interface almost any: each byte is a char of the same number in {@link #name()}. Where the address is shown as text,
 * a byte that is no printable character of ASCII is written as {@code \\x1b}, and a backslash as {@code \\x5c}.
 */
abstract class InterfaceAddress extends SocketAddress {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = 15;

    private static final long serialVersionUID = 1L;

    /** A byte as {@link LinkState#shown} writes it, or any other character. */
    private static final Pattern SHOWN = Pattern.compile("\\\\x([0-9a-f]{2})|(?s:.)");

    private final String name;

    /** An address of a name that the kernel has told, or that was found {@linkplain #requireValid valid}. */
    InterfaceAddress(String name) {
        this.name = name;
    }

    static String requireValid(String name, String kind) {
        requireLength(Objects.requireNonNull(name, "name"), kind);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '/' || c == ':') {
                throw new IllegalArgumentException("'" + name + "' cannot be the name of an interface: character "
                    + (i + 1) + " is not allowed in one");
            }
        }
        int pattern = name.indexOf('%');
        if (pattern >= 0 && (!name.startsWith("%d", pattern) || name.indexOf('%', pattern + 1) >= 0)) {
            throw new IllegalArgumentException("'" + name + "' cannot be the name of an interface: '%' may stand in"
                + " it once, as %d, for a number that the kernel picks");
        }
        return name;
    }

    /**
     * The name that a text shows: with {@code \\x1b} and its like read as the bytes that they stand for. Only an
     * interface that exists can have such a name, so it has to follow the rules of the kernel alone.
     *
     * @throws IllegalArgumentException if no interface can have it
     */
    static String requireKernelName(String shown, String kind) {
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
        return requireLength(name.toString(), kind);
    }

    /** The name. */
    public final String name() {
        return name;
    }

    private static String requireLength(String name, String kind) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a " + kind + " device needs a name, such as " + kind + "0, or "
                + kind + "%d for any");
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

    /** The name as it is shown: what is no printable character of ASCII is escaped. */
    final String shownName() {
        return LinkState.shown(name);
    }

    /** As ports are written: a name that holds a comma stands in brackets. */
    final String portName(String prefix) {
        String text = prefix + shownName();
        return text.indexOf(',') < 0 ? text : '[' + text.replace("]", "\\x5d") + ']';
    }

    /** Whether the kernel picks a number for it. */
    public final boolean isPattern() {
        return name.indexOf('%') >= 0;
    }

    @Override
    public final boolean equals(Object o) {
        return o instanceof InterfaceAddress other && getClass() == other.getClass() && name.equals(other.name);
    }

    @Override
    public final int hashCode() {
        return name.hashCode();
    }
}
