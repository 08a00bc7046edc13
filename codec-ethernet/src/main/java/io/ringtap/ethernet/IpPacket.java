/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A view of the header of an IPv4 or IPv6 packet in any {@link ByteBuf}: addresses, lengths, and what the packet
 * carries behind IPv4's options or IPv6's extension headers (RFC 791; RFC 8200). It holds no bytes of its own and takes
 * no reference: {@link #wrap} it round packet after packet and nothing is allocated.
 *
 * <p>A message of a TUN device is a packet; in an Ethernet frame the packet begins at {@link
 * EthernetFrame#payloadOffset()}. The buffer may hold more than the packet, as Ethernet pads short frames, but nothing
 * is read behind the buffer's writer index.
 *
 * <p>Every method may be asked of any bytes. One whose value is not there, as the header is cut off or contradicts
 * itself, returns {@code -1}, and an address throws {@link IndexOutOfBoundsException}. Checksums are not looked at. Not
 * thread-safe.
 */
public final class IpPacket {
    /** {@link #protocol()} of ICMP, RFC 792. */
    public static final int ICMP = 1;
    /** {@link #protocol()} of TCP, RFC 9293. */
    public static final int TCP = 6;
    /** {@link #protocol()} of UDP, RFC 768. */
    public static final int UDP = 17;
    /** {@link #protocol()} of ICMP for IPv6, RFC 4443. */
    public static final int ICMPV6 = 58;
    /** A packet with more extension headers than this is not valid. RFC 8200 has fewer kinds of them. */
    public static final int MAX_EXTENSION_HEADERS = 16;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int IPV4_SOURCE = 12;
    private static final int IPV6_SOURCE = 8;
    private static final int LONGEST_16_BITS = 0xffff;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION = 60;
    private static final int MOBILITY = 135;
    private static final int HOST_IDENTITY = 139;
    private static final int SHIM6 = 140;

    /** How {@link #locate} packs what it finds: octets of all headers, protocol, offset and more-fragments bit. */
    private static final int PROTOCOL_SHIFT = 24;
    private static final int FRAGMENT_SHIFT = 32;
    private static final int LENGTH_MASK = 0xff_ffff;
    private static final int OFFSET_MASK = 0xfff8;
    private static final int MORE = 1;

    private ByteBuf buf;
    private int offset;

    /** Moves the view to the packet at the buffer's reader index. */
    public IpPacket wrap(ByteBuf buf) {
        return wrap(buf, buf.readerIndex());
    }

    /**
     * Moves the view to the packet at an absolute index. Nothing is checked and no reference is taken.
     *
     * @param offset where the version begins; {@code -1} for a packet that is not valid
     * @return this
     */
    public IpPacket wrap(ByteBuf buf, int offset) {
        this.buf = buf;
        this.offset = offset;
        return this;
    }

    /** Whether the headers are sound and the whole packet is in the buffer. */
    public boolean isValid() {
        return locate() >= 0 && totalLength() <= available();
    }

    /** 4 or 6; -1 if the first octet tells neither, or the fixed part of the header is not there. */
    public int version() {
        int available = available();
        if (available < IPV4_HEADER) {
            return -1;
        }
        int version = buf.getUnsignedByte(offset) >>> 4;
        return version == 4 || version == 6 && available >= IPV6_HEADER ? version : -1;
    }

    /**
     * Octets in front of the payload: IPv4's header with its options, or IPv6's with all extension headers; -1 if they
     * are not valid.
     */
    public int headerLength() {
        long located = locate();
        return located < 0 ? -1 : (int) located & LENGTH_MASK;
    }

    /**
     * Octets of the whole packet, as the header says; -1 without a header. A packet that is longer than its header can
     * say, as one whose segments are yet to be cut, has a length of 0 there: it is all that the buffer holds.
     */
    public int totalLength() {
        int version = version();
        if (version < 0) {
            return -1;
        }
        int rest = version == 4 ? 0 : IPV6_HEADER;
        int length = buf.getUnsignedShort(offset + (version == 4 ? 2 : 4));
        int available = available();
        return length == 0 && available - rest > LONGEST_16_BITS ? available : rest + length;
    }

    /** Octets behind the headers, as they say; -1 if they are not valid. */
    public int payloadLength() {
        int header = headerLength();
        return header < 0 ? -1 : totalLength() - header;
    }

    /** The absolute index of the first octet behind the headers; -1 if they are not valid. */
    public int payloadOffset() {
        int header = headerLength();
        return header < 0 ? -1 : offset + header;
    }

    /**
     * What the payload is, by IANA's protocol numbers, such as {@link #TCP} or {@link #UDP}; found behind IPv6's
     * extension headers. A fragment other than the first carries a part of that. -1 if the headers are not valid.
     */
    public int protocol() {
        long located = locate();
        return located < 0 ? -1 : (int) located >>> PROTOCOL_SHIFT;
    }

    /** How many routers the packet may still pass: IPv4's time to live, IPv6's hop limit; -1 without a header. */
    public int timeToLive() {
        int version = version();
        return version < 0 ? -1 : buf.getUnsignedByte(offset + (version == 4 ? 8 : 7));
    }

    /** Whether this is a part of a packet. */
    public boolean isFragment() {
        return fragmentOffset() > 0 || hasMoreFragments();
    }

    /**
     * Where in the packet that was fragmented this part begins, in octets; 0 for the first and for a whole packet, -1
     * if the headers are not valid.
     */
    public int fragmentOffset() {
        long located = locate();
        return located < 0 ? -1 : (int) (located >>> FRAGMENT_SHIFT) & OFFSET_MASK;
    }

    /** Whether other fragments follow; false if the headers are not valid. */
    public boolean hasMoreFragments() {
        long located = locate();
        return located >= 0 && ((int) (located >>> FRAGMENT_SHIFT) & MORE) != 0;
    }

    /**
     * The source address.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public InetAddress source() {
        return address(0);
    }

    /**
     * The destination address.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public InetAddress destination() {
        return address(1);
    }

    /**
     * The first eight octets of an IPv6 source address as a number; 0 for IPv4.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public long sourceHighBits() {
        return high(0);
    }

    /**
     * The last eight octets of an IPv6 source address as a number; all four of IPv4's, never negative.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public long sourceLowBits() {
        return low(0);
    }

    /**
     * The first eight octets of an IPv6 destination address as a number; 0 for IPv4.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public long destinationHighBits() {
        return high(1);
    }

    /**
     * The last eight octets of an IPv6 destination address as a number; all four of IPv4's, never negative.
     *
     * @throws IndexOutOfBoundsException without a header
     */
    public long destinationLowBits() {
        return low(1);
    }

    private long high(int number) {
        return requireVersion() == 4 ? 0 : buf.getLong(offset + IPV6_SOURCE + 16 * number);
    }

    private long low(int number) {
        return requireVersion() == 4 ? buf.getUnsignedInt(offset + IPV4_SOURCE + 4 * number)
            : buf.getLong(offset + IPV6_SOURCE + 16 * number + 8);
    }

    private InetAddress address(int number) {
        boolean four = requireVersion() == 4;
        byte[] octets = new byte[four ? 4 : 16];
        buf.getBytes(offset + (four ? IPV4_SOURCE : IPV6_SOURCE) + number * octets.length, octets);
        try {
            // By InetAddress, an IPv6 address that stands for one of IPv4 (RFC 4291, 2.5.5.2) would become the latter.
            return four ? InetAddress.getByAddress(octets) : Inet6Address.getByAddress(null, octets, -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of " + octets.length + " octets", e);
        }
    }

    private int requireVersion() {
        int version = version();
        if (version < 0) {
            throw new IndexOutOfBoundsException("no addresses to read: " + this);
        }
        return version;
    }

    /** Octets from the first of the packet to the buffer's writer index. */
    int available() {
        return buf == null || offset < 0 ? -1 : buf.writerIndex() - offset;
    }

    /** Octets of the packet that are there. */
    int presentLength() {
        return Math.min(totalLength(), available());
    }

    /** Finds the payload: all that is known of it in one number, or -1 if the headers are cut off or malformed. */
    private long locate() {
        int version = version();
        return version == 4 ? locate4() : version == 6 ? locate6() : -1;
    }

    private long locate4() {
        int header = (buf.getByte(offset) & 0xf) * 4;
        if (header < IPV4_HEADER || header > presentLength()) {
            return -1;
        }
        int field = buf.getUnsignedShort(offset + 6);
        return packed(header, buf.getUnsignedByte(offset + 9), field << 3 & OFFSET_MASK | field >>> 13 & MORE);
    }

    private long locate6() {
        int end = presentLength();
        int header = IPV6_HEADER;
        int next = buf.getUnsignedByte(offset + 6);
        int fragment = 0;
        int count = 0;
        // Behind the header of a later fragment there is a part of the payload, whatever the header names.
        while ((fragment & OFFSET_MASK) == 0 && isExtension(next)) {
            if (++count > MAX_EXTENSION_HEADERS || end - header < 8) {
                return -1;
            }
            int at = offset + header;
            int length = buf.getUnsignedByte(at + 1);
            if (next == FRAGMENT) {
                fragment = buf.getUnsignedShort(at + 2) & (OFFSET_MASK | MORE);
                header += 8;
            } else {
                // The authentication header counts in words of four octets, and two less than there are.
                header += next == AUTHENTICATION ? 8 + 4 * length : 8 + 8 * length;
            }
            next = buf.getUnsignedByte(at);
        }
        return header > end ? -1 : packed(header, next, fragment);
    }

    private static boolean isExtension(int next) {
        return switch (next) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6 -> true;
            default -> false;
        };
    }

    private static long packed(int header, int protocol, int fragment) {
        return (long) fragment << FRAGMENT_SHIFT | (long) protocol << PROTOCOL_SHIFT | header;
    }

    /** The packet as tcpdump prints it: addresses, ports, and a word about what it carries. */
    @Override
    public String toString() {
        if (buf == null) {
            return "no packet";
        }
        StringBuilder out = new StringBuilder(96);
        IpSummary.append(out, buf, offset);
        return out.toString();
    }
}
