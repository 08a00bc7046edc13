/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * The name of a tap device: all of its address, as everything else about it is an option. Linux picks a number where
 * the name holds {@code %d}, as {@code tap%d}; {@link TapChannel#localAddress()} then tells the name it got.
 */
public final class TapAddress extends SocketAddress {
    /** The longest name in bytes: {@code IFNAMSIZ} of {@code net/if.h}, less its final NUL. */
    public static final int MAX_LENGTH = 15;

    private static final long serialVersionUID = 1L;

    private final String name;

    /**
     * The address of a device.
     *
     * @throws IllegalArgumentException if no interface can be called that: the rules of Linux's dev_valid_name
     */
    public TapAddress(String name) {
        this.name = requireValid(Objects.requireNonNull(name, "name"));
    }

    private static String requireValid(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a tap device needs a name, such as tap0, or tap%d for any");
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
    public String name() {
        return name;
    }

    /** Whether the kernel picks a number for it. */
    public boolean isPattern() {
        return name.indexOf('%') >= 0;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof TapAddress other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** As {@link io.ringtap.channel.FramePorts} reads it: {@code tap:NAME}. */
    @Override
    public String toString() {
        return "tap:" + name;
    }
}
