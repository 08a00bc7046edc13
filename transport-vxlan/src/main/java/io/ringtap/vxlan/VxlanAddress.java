/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.internal.vxlan.VxlanHeader;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.Objects;

/**
 * One end of a VXLAN tunnel: the identifier of the virtual network, and where this end receives. Who is at the other
 * ends is an option of the channel.
 */
public final class VxlanAddress extends SocketAddress {
    /** The UDP port that IANA has assigned to VXLAN. */
    public static final int DEFAULT_PORT = VxlanHeader.PORT;

    private static final long serialVersionUID = 1L;
    private static final int MOST_PORT = 65535;

    private final int vni;
    private final InetAddress local;
    private final int port;

    /**
     * An end with the usual port.
     *
     * @param vni the network identifier (VNI), 0 to 16777215
     * @param local an address of this host in the network between the ends
     */
    public VxlanAddress(int vni, InetAddress local) {
        this(vni, Objects.requireNonNull(local, "local"), DEFAULT_PORT);
    }

    /**
     * An end with a port of its own; all ends of a network have the same.
     *
     * @param port 1 to 65535
     * @throws IllegalArgumentException if one of them is no such number, or the address is no single host's
     */
    public VxlanAddress(int vni, InetAddress local, int port) {
        if (vni < 0 || vni > VxlanHeader.MAX_VNI) {
            throw new IllegalArgumentException("VNI " + vni + " is not within 0 to " + VxlanHeader.MAX_VNI);
        }
        if (port < 1 || port > MOST_PORT) {
            throw new IllegalArgumentException("port " + port + " is not within 1 to " + MOST_PORT);
        }
        if (local != null && (local.isAnyLocalAddress() || local.isMulticastAddress())) {
            throw new IllegalArgumentException(local.getHostAddress() + " is no address of one host, by which the other"
                + " ends know this one");
        }
        this.vni = vni;
        this.local = local;
        this.port = port;
    }

    /** An end of which only the network is known yet. */
    static VxlanAddress ofNetwork(int vni) {
        return new VxlanAddress(vni, null, DEFAULT_PORT);
    }

    /** The network identifier. */
    public int vni() {
        return vni;
    }

    /** Where this end receives; {@code null} if that is an option of the channel. */
    public InetAddress local() {
        return local;
    }

    /** The UDP port. */
    public int port() {
        return port;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof VxlanAddress other && vni == other.vni && port == other.port
            && Objects.equals(local, other.local);
    }

    @Override
    public int hashCode() {
        return Objects.hash(vni, local, port);
    }

    /** The address as {@link io.ringtap.channel.FramePorts} reads it: {@code vxlan:42,local=192.0.2.1,port=4789}. */
    @Override
    public String toString() {
        String network = VxlanTransport.PREFIX + vni;
        return local == null ? network : network + ",local=" + local.getHostAddress() + ",port=" + port;
    }
}
