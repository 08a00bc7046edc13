/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.nio.charset.StandardCharsets;

/**
 * The name of a tap device: all of its address, as everything else about it is an option. Linux picks a number where
 * the name holds {@code %d}, as in {@code tap%d}; {@link TapChannel#localAddress()} then returns the name that the
 * device has got.
 */
public final class TapAddress extends InterfaceAddress {
    private static final String PREFIX = "tap:";
    private static final long serialVersionUID = 1L;

    /** The address of a new device, whose number the kernel picks: {@code tap%d}. */
    public TapAddress() {
        this("tap%d");
    }

    /**
     * The address of a device.
     *
     * @throws IllegalArgumentException if no interface can be called that: the rules of Linux's dev_valid_name
     */
    public TapAddress(String name) {
        super(requireValid(name, "tap"));
    }

    private TapAddress(byte[] name) {
        super(new String(name, StandardCharsets.ISO_8859_1));
    }

    /** The address of a device whose name the kernel has told, each byte of it a char. */
    static TapAddress told(String name) {
        return new TapAddress(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * Reads an address as {@link #toString()} writes it, without brackets: the name, or {@code tap:NAME}.
     *
     * @throws IllegalArgumentException if no interface can be called that
     */
    public static TapAddress parse(String text) {
        String name = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        return name.indexOf('\\') < 0 ? new TapAddress(name) : told(requireKernelName(name, "tap"));
    }

    /**
     * The address as {@link io.ringtap.channel.FramePorts} reads it: {@code tap:NAME}, in brackets if the name holds a
     * comma. A byte that is no printable character of ASCII, which a rename may put into a name, is shown as {@code
     * \\x1b}.
     */
    @Override
    public String toString() {
        return portName(PREFIX);
    }
}
