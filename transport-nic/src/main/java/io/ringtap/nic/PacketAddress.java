/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.InterfaceName;
import io.ringtap.internal.unix.LinkState;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * The name of a network interface that a {@link PacketChannel} opens. The interface exists already; everything else
 * about the channel is an option. A name that the kernel tells may hold bytes that are no printable characters, as a
 * rename can give an interface almost any: each byte is a char of the same number in {@link #name()}.
 */
public final class PacketAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;
    private static final String MISSING = "a packet socket needs the name of an interface, such as eth0";

    private final String name;

    /**
     * The address of an interface.
     *
     * @throws IllegalArgumentException if no interface should be called that
     */
    public PacketAddress(String name) {
        this(InterfaceName.requireValid(name, MISSING).getBytes(StandardCharsets.ISO_8859_1));
    }

    private PacketAddress(byte[] name) {
        this.name = new String(name, StandardCharsets.ISO_8859_1);
    }

    /** The address of an interface whose name the kernel has told, each byte of it a char. */
    static PacketAddress told(String name) {
        return new PacketAddress(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * The address that a text shows as its name.
     *
     * @throws IllegalArgumentException if no interface can be called that
     */
    static PacketAddress shownAs(String name) {
        return name.indexOf('\\') < 0 ? new PacketAddress(name)
            : told(InterfaceName.requireKernelName(name, MISSING));
    }

    /** The name. */
    public String name() {
        return name;
    }

    /** The name as it is shown: what is no printable character of ASCII is escaped. */
    String shownName() {
        return LinkState.shown(name);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof PacketAddress other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /**
     * The address as {@link io.ringtap.channel.FramePorts} reads it: {@code packet:NAME}, in brackets if the name holds
     * a comma. A byte that is no printable character of ASCII is shown as {@code \\x1b}.
     */
    @Override
    public String toString() {
        return InterfaceName.port(PacketTransport.PREFIX, name);
    }
}
