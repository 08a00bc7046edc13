/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.InterfaceName;
import io.ringtap.internal.unix.LinkState;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** The name of a network interface that an {@link XdpChannel} opens; everything else about the channel is an option. */
public final class XdpAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;
    private static final String MISSING = "an AF_XDP socket needs the name of an interface, such as eth0";

    private final String name;

    /**
     * The address of an interface.
     *
     * @throws IllegalArgumentException if no interface should be called that
     */
    public XdpAddress(String name) {
        this(InterfaceName.requireValid(name, MISSING).getBytes(StandardCharsets.ISO_8859_1));
    }

    private XdpAddress(byte[] name) {
        this.name = new String(name, StandardCharsets.ISO_8859_1);
    }

    /** The address of an interface whose name the kernel has told, each byte of it a char. */
    static XdpAddress told(String name) {
        return new XdpAddress(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * The address that a text shows as its name.
     *
     * @throws IllegalArgumentException if no interface can be called that
     */
    static XdpAddress shownAs(String name) {
        return name.indexOf('\\') < 0 ? new XdpAddress(name) : told(InterfaceName.requireKernelName(name, MISSING));
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
        return o instanceof XdpAddress other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** The address as {@link io.ringtap.channel.FramePorts} reads it: {@code xdp:NAME}, in brackets with a comma. */
    @Override
    public String toString() {
        return InterfaceName.port(XdpTransport.PREFIX, name);
    }
}
