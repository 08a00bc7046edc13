/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;

/**
 * What a frame begins with, behind its virtio-net header if it has one. The handlers of this package work on Ethernet
 * frames unless their constructor is given {@link #RAW_IP}; a pipeline is of one kind throughout. Offsets in a
 * virtio-net header count from the first octet of the frame.
 */
public enum LinkLayer {
    /** An Ethernet header and VLAN tags, as taps, VALE ports and virtual network cards have it. */
    ETHERNET(14, 14, 65589 + 2 * 4) {
        @Override
        void findNetwork(PacketHeaders packet, ByteBuf buf, int index, int length) {
            int at = headerLength();
            int type = buf.getUnsignedShort(index + 12);
            int most = Math.min(length, at + 4 * MAX_TAGS);
            while ((type == TYPE_VLAN || type == TYPE_QINQ) && at + 4 <= most) {
                type = buf.getUnsignedShort(index + at + 2);
                at += 4;
            }
            packet.l3 = at;
            packet.version = type == TYPE_IPV4 ? 4 : type == TYPE_IPV6 ? 6 : 0;
        }
    },
    /** Nothing: the frame is an IPv4 or IPv6 packet, as TUN devices have it; its first octet tells which. */
    RAW_IP(0, 1, 40 + 65535) {
        @Override
        void findNetwork(PacketHeaders packet, ByteBuf buf, int index, int length) {
            int version = buf.getUnsignedByte(index) >>> 4;
            packet.l3 = 0;
            packet.version = version == 4 || version == 6 ? version : 0;
        }
    };

    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int TYPE_VLAN = 0x8100;
    private static final int TYPE_QINQ = 0x88a8;
    /** As deep as Linux looks (VLAN_MAX_DEPTH). */
    private static final int MAX_TAGS = 8;

    private final int headerLength;
    private final int shortest;
    private final int longest;

    LinkLayer(int headerLength, int shortest, int longest) {
        this.headerLength = headerLength;
        this.shortest = shortest;
        this.longest = longest;
    }

    /** Octets of the header, without VLAN tags. */
    public int headerLength() {
        return headerLength;
    }

    /** Octets that every frame has. */
    int shortest() {
        return shortest;
    }

    /** Octets that no frame exceeds: IPv6's longest packet, and two VLAN tags where there can be any. */
    int longest() {
        return longest;
    }

    /** Sets where the network header begins and which version of IP it is, in a frame that is not too short. */
    abstract void findNetwork(PacketHeaders packet, ByteBuf buf, int index, int length);
}
