/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.InterfaceName;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * The name of a network interface that exists already. A name that the kernel tells may hold bytes that are no
 * printable characters, as a rename can give an interface almost any: each byte is a char of the same number in
 * {@link #name()}.
 */
abstract class NicAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;
    private static final String MISSING = "a port needs the name of an interface, such as eth0";

    private final String name;

    /** Of an interface whose name the kernel has told, or one that was {@linkplain #required checked}. */
    NicAddress(byte[] name) {
        this.name = new String(name, StandardCharsets.ISO_8859_1);
    }

    /**
     * The bytes of a name.
     *
     * @throws IllegalArgumentException if no interface should be called that
     */
    static byte[] required(String name) {
        return bytes(InterfaceName.requireValid(name, MISSING));
    }

    /** The bytes of a name that the kernel has told, each a char. */
    static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * The bytes of a name that a text shows, with or without a prefix.
     *
     * @throws IllegalArgumentException if no interface can be called that
     */
    static byte[] parsed(String prefix, String text) {
        String name = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        return name.indexOf('\\') < 0 ? required(name) : bytes(InterfaceName.requireKernelName(name, MISSING));
    }

    /** What stands in front of the name of the port. */
    abstract String prefix();

    /** The name. */
    public final String name() {
        return name;
    }

    @Override
    public final boolean equals(Object o) {
        return o != null && o.getClass() == getClass() && name.equals(((NicAddress) o).name);
    }

    @Override
    public final int hashCode() {
        return name.hashCode();
    }

    /**
     * The address as {@link io.ringtap.channel.FramePorts} reads it, such as {@code packet:eth0}, in brackets if the
     * name holds a comma. A byte that is no printable character of ASCII is shown as {@code \\x1b}.
     */
    @Override
    public final String toString() {
        return InterfaceName.port(prefix(), name);
    }
}
