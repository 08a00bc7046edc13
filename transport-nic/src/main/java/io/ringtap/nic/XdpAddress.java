/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

/** The name of a network interface that an {@link XdpChannel} opens. Everything else about it is an option. */
public final class XdpAddress extends NicAddress {
    private static final long serialVersionUID = 1L;
    private static final String PREFIX = "xdp:";

    /**
     * The address of an interface.
     *
     * @throws IllegalArgumentException if no interface should be called that
     */
    public XdpAddress(String name) {
        super(required(name));
    }

    private XdpAddress(byte[] name) {
        super(name);
    }

    /** The address of an interface whose name the kernel has told, each byte of it a char. */
    static XdpAddress told(String name) {
        return new XdpAddress(bytes(name));
    }

    /**
     * Reads what {@link #toString} has written, with or without the prefix and never with brackets.
     *
     * @throws IllegalArgumentException if no interface can be called that
     */
    public static XdpAddress parse(String text) {
        return new XdpAddress(parsed(PREFIX, text));
    }

    @Override
    String prefix() {
        return PREFIX;
    }
}
