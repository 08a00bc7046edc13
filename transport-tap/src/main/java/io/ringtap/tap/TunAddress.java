/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import java.nio.charset.StandardCharsets;

/**
 * The name of a TUN device: all of its address, as everything else about it is an option. Linux picks a number where
 * the name holds {@code %d}, as {@code tun%d}; {@link TunChannel#localAddress()} then tells the name it got.
 */
public final class TunAddress extends InterfaceAddress {
    private static final long serialVersionUID = 1L;

    /**
     * The address of a device.
     *
     * @throws IllegalArgumentException if no interface can be called that: the rules of Linux's dev_valid_name
     */
    public TunAddress(String name) {
        super(requireValid(name, "tun"));
    }

    private TunAddress(byte[] name) {
        super(new String(name, StandardCharsets.ISO_8859_1));
    }

    /** The address of a device whose name the kernel has told, each byte of it a char. */
    static TunAddress told(String name) {
        return new TunAddress(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * As {@link io.ringtap.channel.FramePorts} reads it: {@code tun:NAME}. Of a name that a rename gave bytes that no
     * port can be called by, those are escaped, as {@code \\x1b}.
     */
    @Override
    public String toString() {
        return "tun:" + shownName();
    }
}
