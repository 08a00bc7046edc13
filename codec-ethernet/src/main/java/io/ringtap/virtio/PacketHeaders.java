/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;

/**
 * Where the headers of one frame lie, found by reading the frame itself: nothing that a virtio-net header says
 * about offsets is used. One instance is reused for frame after frame; offsets count from the frame's first octet and
 * hold until the next {@link #parse}.
 */
final class PacketHeaders {
    static final int IPV4 = 20;
    static final int IPV6 = 40;
    static final int TCP = 20;
    static final int UDP = 8;

    static final int PROTOCOL_TCP = 6;
    static final int PROTOCOL_UDP = 17;
    static final int TCP_CSUM_OFFSET = 16;
    static final int UDP_CSUM_OFFSET = 6;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int FRAGMENT_HEADER = 8;
    private static final int OFFSET_OR_MORE = 0xfff9;
    private static final int DESTINATION = 60;
    private static final int PAD1 = 0;
    private static final int HOME_ADDRESS = 201;
    private static final int ADDRESS6 = 16;

    /** The kind of frame that was found. */
    enum Kind {
        /** No IP; only {@link #l3} is known. */
        OTHER,
        /** IP, but its header or extension headers are cut off or contradict themselves. */
        MALFORMED,
        /** A fragment of an IP packet; there may be no transport header in it. */
        FRAGMENT,
        /**
         * A whole IPv6 packet that cannot be segmented by offload: it has a fragment header although it is no fragment
         * (RFC 6946), or extension headers behind which the addresses of the pseudo-header are not known here, such as
         * the compressed route of RFC 6554. A checksum that is said to begin at {@link #l4} or behind can be completed.
         */
        OPAQUE,
        /** A whole IP packet. */
        PACKET
    }

    private final LinkLayer link;
    Kind kind;
    /** 4 or 6; 0 if not IP. */
    int version;
    /** Where the network header begins, past an Ethernet header and all VLAN tags. */
    int l3;
    /** Where the transport header begins, past IPv4 options or IPv6 extension headers. */
    int l4;
    /** What begins there: the protocol number. */
    int protocol;
    /** Where the IP packet ends; what follows is Ethernet padding. */
    int end;
    /** Where the source of the pseudo-header lies: the home address of a mobile node (RFC 6275, section 11.3.1). */
    int source;
    /** Where the address of the final destination lies. */
    int destination;
    /** Whether there is a fragment header. */
    boolean fragmentHeader;
    /** IPv6: where a fragment header has to be inserted (RFC 8200, section 4.5). */
    int fragmentable;
    /** IPv6: where the octet lies that names the header at {@link #fragmentable}. */
    int fragmentableName;

    PacketHeaders(LinkLayer link) {
        this.link = link;
    }

    /**
     * Reads a frame of {@code length} octets at an absolute index of a buffer.
     *
     * @return {@link #kind}
     */
    Kind parse(ByteBuf buf, int index, int length) {
        version = 0;
        protocol = -1;
        l3 = link.headerLength();
        l4 = 0;
        end = length;
        fragmentHeader = false;
        if (length < link.shortest()) {
            kind = Kind.OTHER;
            return kind;
        }
        link.findNetwork(this, buf, index, length);
        if (version == 4) {
            kind = parse4(buf, index, length);
        } else if (version == 6) {
            kind = parse6(buf, index, length);
        } else {
            kind = Kind.OTHER;
        }
        if (kind == Kind.MALFORMED) {
            end = length;
        }
        return kind;
    }

    private Kind parse4(ByteBuf buf, int index, int length) {
        if (l3 + IPV4 > length) {
            return Kind.MALFORMED;
        }
        int first = buf.getUnsignedByte(index + l3);
        int header = (first & 0xf) * 4;
        int total = buf.getUnsignedShort(index + l3 + 2);
        if (first >>> 4 != 4 || header < IPV4 || total < header || l3 + total > length) {
            return Kind.MALFORMED;
        }
        l4 = l3 + header;
        end = l3 + total;
        source = l3 + 12;
        destination = l3 + 16;
        protocol = buf.getUnsignedByte(index + l3 + 9);
        return (buf.getUnsignedShort(index + l3 + 6) & 0x3fff) == 0 ? Kind.PACKET : Kind.FRAGMENT;
    }

    private Kind parse6(ByteBuf buf, int index, int length) {
        if (l3 + IPV6 > length || buf.getUnsignedByte(index + l3) >>> 4 != 6) {
            return Kind.MALFORMED;
        }
        end = l3 + IPV6 + buf.getUnsignedShort(index + l3 + 4);
        if (end > length) {
            return Kind.MALFORMED;
        }
        source = l3 + 8;
        destination = l3 + 24;
        fragmentableName = l3 + 6;
        fragmentable = l3 + IPV6;
        int name = fragmentableName;
        int next = buf.getUnsignedByte(index + name);
        boolean routed = false;
        boolean opaque = false;
        int at = fragmentable;
        while (isExtension(next)) {
            if (at + 8 > end) {
                return Kind.MALFORMED;
            }
            // The second octet of a fragment header is reserved, and not its length.
            int size = next == FRAGMENT ? FRAGMENT_HEADER : 8 + 8 * buf.getUnsignedByte(index + at + 1);
            if (at + size > end || next == HOP_BY_HOP && at != l3 + IPV6) {
                return Kind.MALFORMED;
            }
            if (next == FRAGMENT) {
                fragmentHeader = true;
                if ((buf.getUnsignedShort(index + at + 2) & OFFSET_OR_MORE) != 0) {
                    l4 = at;
                    protocol = next;
                    return Kind.FRAGMENT;
                }
                opaque = true;
            } else if (next == ROUTING) {
                opaque |= !readRoute(buf, index, at, size);
            } else if (next == DESTINATION) {
                readHomeAddress(buf, index, at + 2, at + size);
            }
            // Destination options after a routing header are for the final destination: part of what is fragmented.
            boolean unfragmentable = next != DESTINATION || !routed;
            routed |= next == ROUTING;
            name = at;
            next = buf.getUnsignedByte(index + at);
            at += size;
            if (unfragmentable) {
                fragmentable = at;
                fragmentableName = name;
            }
        }
        l4 = at;
        protocol = next;
        return opaque ? Kind.OPAQUE : Kind.PACKET;
    }

    private static boolean isExtension(int next) {
        return next == HOP_BY_HOP || next == ROUTING || next == DESTINATION || next == FRAGMENT;
    }

    /**
     * The final destination is the last stop of a route that is not yet used up (RFC 8200, section 8.1).
     *
     * @return whether it is known now
     */
    private boolean readRoute(ByteBuf buf, int index, int at, int size) {
        if (buf.getUnsignedByte(index + at + 3) == 0) {
            return true;
        }
        if (size < 8 + ADDRESS6) {
            return false;
        }
        switch (buf.getUnsignedByte(index + at + 2)) {
            case 0: // RFC 2460: addresses in the order they are visited
            case 2: // RFC 6275: one address
                destination = at + 8 + (size - 8) / ADDRESS6 * ADDRESS6 - ADDRESS6;
                return true;
            case 4: // RFC 8754: the last segment comes first
                destination = at + 8;
                return true;
            default:
                return false;
        }
    }

    /** Options that contradict their header end the search: a receiver takes no such packet, whatever its checksum. */
    private void readHomeAddress(ByteBuf buf, int index, int from, int to) {
        for (int at = from; at + 2 <= to;) {
            int type = buf.getUnsignedByte(index + at);
            if (type == PAD1) {
                at++;
                continue;
            }
            int next = at + 2 + buf.getUnsignedByte(index + at + 1);
            if (next > to) {
                return;
            }
            if (type == HOME_ADDRESS && next - at == 2 + ADDRESS6) {
                source = at + 2;
            }
            at = next;
        }
    }

    /** Octets of the transport header and its payload. */
    int transportLength() {
        return end - l4;
    }

    /** The sum of the pseudo-header of a transport header and payload of {@code length} octets. */
    int pseudoHeader(ByteBuf buf, int index, int length) {
        return version == 4 ? InternetChecksum.pseudoHeader4(buf, index + l3, protocol, length)
            : InternetChecksum.pseudoHeader6(buf, index + source, index + destination, protocol, length);
    }

    /** Where the payload begins behind a whole TCP or UDP header, or -1 if that header is cut off or impossible. */
    int payload(ByteBuf buf, int index) {
        int available = transportLength();
        if (protocol == PROTOCOL_TCP) {
            if (available < TCP) {
                return -1;
            }
            int header = (buf.getUnsignedByte(index + l4 + 12) >>> 4) * 4;
            return header < TCP || header > available ? -1 : l4 + header;
        }
        boolean whole = protocol == PROTOCOL_UDP && available >= UDP
            && buf.getUnsignedShort(index + l4 + 4) == available;
        return whole ? l4 + UDP : -1;
    }

    /** Where in a TCP or UDP header the checksum lies. */
    int csumOffset() {
        return protocol == PROTOCOL_TCP ? TCP_CSUM_OFFSET : UDP_CSUM_OFFSET;
    }
}
