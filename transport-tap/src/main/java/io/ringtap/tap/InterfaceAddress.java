/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.InterfaceName;
import io.ringtap.internal.unix.LinkState;

import java.net.SocketAddress;

/**
 * The name of a network interface that a channel makes or opens: what tap and TUN addresses share. A name that a
 * program asks for follows the rules below. A name that the kernel tells may hold other bytes, as a rename can give an
 * interface almost any: each byte is a char of the same number in {@link #name()}. Where the address is shown as text,
 * a byte that is no printable character of ASCII is written as {@code \\x1b}, and a backslash as {@code \\x5c}.
 */
abstract class InterfaceAddress extends SocketAddress {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = InterfaceName.MAX_LENGTH;

    private static final long serialVersionUID = 1L;

    private final String name;

    /** An address of a name that the kernel has told, or that was found {@linkplain #requireValid valid}. */
    InterfaceAddress(String name) {
        this.name = name;
    }

    static String requireValid(String name, String kind) {
        InterfaceName.requireValid(name, missing(kind));
        int pattern = name.indexOf('%');
        if (pattern >= 0 && (!name.startsWith("%d", pattern) || name.indexOf('%', pattern + 1) >= 0)) {
            throw new IllegalArgumentException("'" + name + "' cannot be the name of an interface: '%' may stand in"
                + " it once, as %d, for a number that the kernel picks");
        }
        return name;
    }

    /** The name that a text shows: with {@code \\x1b} and its like read as the bytes that they stand for. */
    static String requireKernelName(String shown, String kind) {
        return InterfaceName.requireKernelName(shown, missing(kind));
    }

    private static String missing(String kind) {
        return "a " + kind + " device needs a name, such as " + kind + "0, or " + kind + "%d for any";
    }

    /** The name. */
    public final String name() {
        return name;
    }

    /** The name as it is shown: what is no printable character of ASCII is escaped. */
    final String shownName() {
        return LinkState.shown(name);
    }

    /** As ports are written: a name that holds a comma stands in brackets. */
    final String portName(String prefix) {
        return InterfaceName.port(prefix, name);
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
