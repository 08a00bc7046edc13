/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.internal.udp.SocketName;
import io.ringtap.internal.unix.NativeMemory;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A tunnel end point that frames are sent to or come from (VTEP). On the event loop. */
final class Vtep {
    /** What an underlay has whose MTU is not known. */
    private static final int USUAL_MTU = 1500;
    private static final int IPV4_AND_UDP = 20 + 8;
    private static final int IPV6_AND_UDP = 40 + 8;
    private static final int ETHERNET = 14;

    /** Its port in the table of stations. */
    final int index;
    final InetAddress address;
    final long high;
    final long low;
    /** struct sockaddr. */
    final NativeMemory name;
    final boolean ipv6;
    /** Another one whose key is the same. */
    Vtep next;
    /** Why it is known: it was configured, an FDB names it, or it was heard in a group. */
    boolean configured;
    boolean inFdb;
    boolean heard;
    /** Whether frames to all go to it. */
    boolean flooded;
    /** Whether the way to it takes rows of datagrams. */
    boolean rows = true;
    /** When it was heard first in a group, and last anywhere, of the table of stations. */
    int firstHeard;
    int lastHeard;
    private int pathMtu = USUAL_MTU;

    Vtep(int index, InetAddress address, int port) {
        this.index = index;
        this.address = address;
        high = SocketName.high(address);
        low = SocketName.low(address);
        ipv6 = !(address instanceof Inet4Address);
        name = SocketName.of(new InetSocketAddress(address, port));
    }

    /** Notes the longest IP packet that gets there. */
    void setPathMtu(int mtu) {
        pathMtu = mtu;
    }

    /** The longest frame that fits into one datagram to it. */
    int longestFrame() {
        return pathMtu - (ipv6 ? IPV6_AND_UDP : IPV4_AND_UDP) - VxlanHeader.LENGTH;
    }

    /** The longest packet in such a frame: the MTU of a network interface that sends through the tunnel. */
    int innerMtu() {
        return longestFrame() - ETHERNET;
    }

    boolean isKnown() {
        return configured || inFdb || heard;
    }

    @Override
    public String toString() {
        return address.getHostAddress();
    }
}
