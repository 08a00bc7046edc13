/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.LinkState;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * The name of a network interface that a channel makes or opens: what tap and TUN addresses share. A name that somebody
 * wants follows the rules below; a name that the kernel tells may hold other bytes, as a rename can give it any but a
 * few: each is a char of the same number in {@link #name()}, and escaped where the address is shown.
 */
abstract class InterfaceAddress extends SocketAddress {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = 15;

    private static final long serialVersionUID = 1L;

    private final String name;

    /** An address of a name that the kernel has told, or that was found {@linkplain #requireValid valid}. */
    InterfaceAddress(String name) {
        this.name = name;
    }

    static String requireValid(String name, String kind) {
        Objects.requireNonNull(name, "name");
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

    /** The name as it is shown: what is no printable character of ASCII is escaped. */
    final String shownName() {
        return LinkState.shown(name);
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
