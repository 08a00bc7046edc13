/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.InternetChecksum;

/**
 * What a tunnel has to know of a frame that it carries: where the headers of the packet in it lie, and whether the
 * packet was left unfinished. A flyweight: one instance is moved from frame to frame. On the event loop.
 */
public final class InnerPacket {
    /** The protocol number of TCP. */
    public static final int TCP = 6;
    /** The protocol number of UDP. */
    public static final int UDP = 17;

    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;
    private static final int UDP_HEADER = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int FRAGMENT = 0x3fff;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    /** Odd, with bits as those of the golden ratio: spreads what differs in few bits over all. */
    private static final int SPREAD = 0x9e37_79b9;

    private ByteBuf buf;
    private int start;
    private int version;
    private int l3;
    private int l4;
    private int end;
    private int protocol;
    private boolean fragment;
    private boolean later;

    /** On no frame. */
    public InnerPacket() {
    }

    /**
     * Moves to a frame.
     *
     * @param frame holds a whole Ethernet header at least
     * @param at where the frame begins
     * @param length its bytes
     */
    public void wrap(ByteBuf frame, int at, int length) {
        buf = frame;
        start = at;
        version = 0;
        protocol = -1;
        fragment = false;
        later = false;
        int limit = at + length;
        end = limit;
        l3 = at + EthernetFrame.HEADER_LENGTH;
        int type = frame.getUnsignedShort(l3 - 2);
        for (int tags = 0; EtherType.isVlanTag(type) && tags < EthernetFrame.MAX_VLAN_TAGS
            && l3 + EthernetFrame.VLAN_TAG_LENGTH <= limit; tags++) {
            l3 += EthernetFrame.VLAN_TAG_LENGTH;
            type = frame.getUnsignedShort(l3 - 2);
        }
        l4 = l3;
        if (type == EtherType.IPV4 && limit - l3 >= IPV4_HEADER) {
            wrap4(limit);
        } else if (type == EtherType.IPV6 && limit - l3 >= IPV6_HEADER && frame.getByte(l3) >> 4 == 6) {
            int payload = frame.getUnsignedShort(l3 + 4);
            if (payload <= limit - l3 - IPV6_HEADER) {
                version = 6;
                l4 = l3 + IPV6_HEADER;
                end = l4 + payload;
                protocol = frame.getUnsignedByte(l3 + 6);
            }
        }
    }

    private void wrap4(int limit) {
        int first = buf.getUnsignedByte(l3);
        int header = (first & 0xf) * 4;
        int total = buf.getUnsignedShort(l3 + 2);
        if (first >> 4 != 4 || header < IPV4_HEADER || total < header || total > limit - l3) {
            return;
        }
        version = 4;
        l4 = l3 + header;
        end = l3 + total;
        protocol = buf.getUnsignedByte(l3 + 9);
        int field = buf.getUnsignedShort(l3 + 6);
        fragment = (field & FRAGMENT) != 0;
        later = (field & FRAGMENT_OFFSET) != 0;
    }

    /** 4, 6, or 0 if the frame holds no whole IP packet. */
    public int version() {
        return version;
    }

    /** Where the IP header begins in the buffer. */
    public int ip() {
        return l3;
    }

    /** Where the IP packet ends in the buffer. */
    public int end() {
        return end;
    }

    /** The bytes in front of the IP packet. */
    public int linkHeader() {
        return l3 - start;
    }

    /** The traffic class of the packet, 0 of a frame without one. */
    public int trafficClass() {
        return version == 4 ? buf.getUnsignedByte(l3 + 1) : version == 6 ? buf.getUnsignedShort(l3) >> 4 & 0xff : 0;
    }

    /** Marks that a router on the way was congested (RFC 3168): of a packet whose transport takes such marks. */
    public void markCongestion() {
        if (version == 4) {
            int before = buf.getUnsignedShort(l3);
            int after = before | 3;
            // RFC 1624: the checksum is changed by the difference alone.
            int sum = InternetChecksum.add(~buf.getUnsignedShort(l3 + 10) & 0xffff, ~before & 0xffff);
            buf.setShort(l3, after);
            buf.setShort(l3 + 10, ~InternetChecksum.add(sum, after));
        } else {
            buf.setByte(l3 + 1, buf.getByte(l3 + 1) | 0x30);
        }
    }

    /** Whether routers may not fragment the packet, and its sender wants to be told if they had to. */
    public boolean forbidsFragments() {
        return version == 6 || version == 4 && (buf.getUnsignedShort(l3 + 6) & DONT_FRAGMENT) != 0;
    }

    /** Whether the sender of the packet can be told of an error of it (RFC 1122, section 3.2.2, and RFC 4443, 2.4). */
    public boolean allowsErrors() {
        if (version == 0 || later || isGroup(buf.getByte(start)) || isGroup(buf.getByte(start + 6))) {
            return false;
        }
        if (version == 4) {
            int source = buf.getUnsignedByte(l3 + 12);
            int destination = buf.getUnsignedByte(l3 + 16);
            // 0 for ICMP is an answer to an echo, 8 the question; most others are errors.
            return source != 0 && source != 127 && source < 224 && destination < 224
                && (protocol != ICMP || l4 < end && (buf.getByte(l4) == 0 || buf.getByte(l4) == 8));
        }
        boolean unspecified = buf.getLong(l3 + 8) == 0 && buf.getLong(l3 + 16) == 0;
        return !unspecified && buf.getUnsignedByte(l3 + 8) != 0xff && buf.getUnsignedByte(l3 + 24) != 0xff
            && (protocol != ICMPV6 || l4 < end && buf.getByte(l4) < 0);
    }

    private static boolean isGroup(byte firstOctet) {
        return (firstOctet & 1) != 0;
    }

    /**
     * A number that all packets of one flow share (RFC 7348, section 5): of addresses, protocol and ports, or of the
     * MAC addresses of a frame without a packet.
     */
    public int flow() {
        int hash = protocol;
        if (version == 4) {
            hash = hash * SPREAD + buf.getInt(l3 + 12);
            hash = hash * SPREAD + buf.getInt(l3 + 16);
        } else if (version == 6) {
            for (int at = l3 + 8; at < l3 + IPV6_HEADER; at += 4) {
                hash = hash * SPREAD + buf.getInt(at);
            }
        } else {
            hash = hash * SPREAD + buf.getInt(start);
            hash = hash * SPREAD + buf.getInt(start + 4);
            hash = hash * SPREAD + buf.getInt(start + 8);
        }
        if (!fragment && (protocol == TCP || protocol == UDP) && end - l4 >= 4) {
            hash = hash * SPREAD + buf.getInt(l4);
        }
        hash *= SPREAD;
        return hash ^ hash >>> 16;
    }

    /** Whether the packet is of TCP, in one piece, with whole headers. */
    public boolean isTcp() {
        return protocol == TCP && !fragment && end - l4 >= TCP_HEADER && transport() <= end;
    }

    /** Where the payload of TCP begins in the buffer. */
    public int transport() {
        return l4 + (buf.getUnsignedByte(l4 + 12) >> 4) * 4;
    }

    /** Where the header of TCP or UDP begins, from the beginning of the frame on. */
    public int checksumStart() {
        return l4 - start;
    }

    /** Where the checksum of TCP or UDP is, from {@link #checksumStart} on. */
    public int checksumOffset() {
        return protocol == TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
    }

    /**
     * Whether the checksum of TCP or UDP is that of the pseudo-header alone, as a network stack leaves it to the
     * hardware: a kernel's vxlan device over a virtual cable hands it over like that, and nothing tells of it. A
     * checksum that is right and happens to be that sum is left as it is by completing it.
     */
    public boolean isPartial() {
        int least = protocol == TCP ? TCP_HEADER : protocol == UDP ? UDP_HEADER : Integer.MAX_VALUE;
        int length = end - l4;
        if (version == 0 || fragment || length < least) {
            return false;
        }
        int sum = version == 4 ? InternetChecksum.pseudoHeader4(buf, l3, protocol, length)
            : InternetChecksum.pseudoHeader6(buf, l3 + 8, l3 + 24, protocol, length);
        return buf.getUnsignedShort(l4 + checksumOffset()) == sum;
    }

    /** Completes a {@linkplain #isPartial partial} checksum. */
    public void completeChecksum() {
        ChecksumCompletion.complete(buf, start, end - start, l4 - start, checksumOffset());
    }
}
