/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.EtherType;
import io.ringtap.virtio.VirtioNetHeader;

/**
 * Which vnet headers the tap driver of FreeBSD accepts: it drops a frame whose checksum it does not find, and calls it
 * written all the same. The rules are those of {@code sys/dev/virtio/network/virtio_net.h}. Immutable.
 */
final class FreeBsdChecksums {
    private static final int ETHERNET = 14;
    private static final int VLAN = 4;
    private static final int ETHER_TYPE = 12;
    private static final int IPV4 = 20;
    private static final int IPV4_PROTOCOL = 9;
    private static final int IPV6 = 40;
    private static final int IPV6_NEXT_HEADER = 6;
    private static final int TCP = 20;
    private static final int UDP = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_UDP = 17;
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;
    private static final int FRAGMENT_HEADER = 8;
    private static final int FRAGMENT_OFFSET = 0xfff8;

    private final VirtioNetHeader header;

    /** For a layout of the header. */
    FreeBsdChecksums(VirtioNetHeader header) {
        this.header = header;
    }

    /** Whether the driver passes a frame on that has at least an Ethernet header behind its vnet header. */
    boolean isTaken(ByteBuf frame) {
        int at = frame.readerIndex();
        int flags = header.flags(frame, at);
        if ((flags & (VirtioNetHeader.NEEDS_CSUM | VirtioNetHeader.DATA_VALID)) == 0) {
            return true;
        }
        int begin = at + header.bytes();
        int length = frame.readableBytes() - header.bytes();
        int type = frame.getUnsignedShort(begin + ETHER_TYPE);
        int l3 = ETHERNET;
        if (type == EtherType.VLAN) {
            l3 += VLAN;
            if (length < l3) {
                return false;
            }
            type = frame.getUnsignedShort(begin + ETHER_TYPE + VLAN);
        }
        if (type != EtherType.IPV4 && type != EtherType.IPV6) {
            return false;
        }
        int l4 = l3 + (type == EtherType.IPV4 ? IPV4 : IPV6);
        if ((flags & VirtioNetHeader.NEEDS_CSUM) != 0) {
            int offset = header.csumOffset(frame, at);
            return header.csumStart(frame, at) + offset >= l4 && (offset == UDP_CHECKSUM || offset == TCP_CHECKSUM);
        }
        if (length < l4) {
            return false;
        }
        return type == EtherType.IPV4
            ? isWhole(frame.getByte(begin + l3 + IPV4_PROTOCOL), l3 + (frame.getByte(begin + l3) & 15) * 4, length)
            : isWholeIpv6(frame, begin, l3, length);
    }

    private static boolean isWholeIpv6(ByteBuf frame, int begin, int l3, int length) {
        int protocol = frame.getUnsignedByte(begin + l3 + IPV6_NEXT_HEADER);
        int at = l3 + IPV6;
        while (true) {
            int octets;
            switch (protocol) {
                case HOP_BY_HOP, ROUTING, DESTINATION, AUTHENTICATION -> {
                    if (at + 2 > length) {
                        return true;
                    }
                    int units = frame.getUnsignedByte(begin + at + 1);
                    octets = protocol == AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
                }
                case FRAGMENT -> {
                    if (at + FRAGMENT_HEADER > length
                        || (frame.getUnsignedShort(begin + at + 2) & FRAGMENT_OFFSET) != 0) {
                        return true;
                    }
                    octets = FRAGMENT_HEADER;
                }
                default -> {
                    return isWhole(protocol, at, length);
                }
            }
            protocol = frame.getUnsignedByte(begin + at);
            at += octets;
        }
    }

    /** Whether the header of a transport is not cut off; of one that the driver does not know, that does not matter. */
    private static boolean isWhole(int protocol, int at, int length) {
        return switch (protocol) {
            case PROTOCOL_TCP -> at + TCP <= length;
            case PROTOCOL_UDP -> at + UDP <= length;
            default -> true;
        };
    }
}
