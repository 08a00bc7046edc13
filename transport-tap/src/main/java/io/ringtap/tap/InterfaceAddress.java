/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.net.SocketAddress;
import java.util.Objects;

/** The name of a network interface that a channel makes or opens: what tap and TUN addresses share. */
abstract class InterfaceAddress extends SocketAddress {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = 15;

    private static final long serialVersionUID = 1L;

    private final String name;

    InterfaceAddress(String name, String kind) {
        this.name = requireValid(Objects.requireNonNull(name, "name"), kind);
    }

    private static String requireValid(String name, String kind) {
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

    /** The name. */
    public final String name() {
        return name;
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
