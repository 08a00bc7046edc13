/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/**
 * Builds Ethernet frames, or IP packets without an Ethernet header, for tests: TCP or UDP over IPv4 or IPv6, with VLAN
 * tags, options and extension headers. Checksums are correct by default. It shares no code with the code under test.
 */
public final class PacketBuilder {
    /** A TCP flag. */
    public static final int FIN = 1;
    /** See {@link #FIN}. */
    public static final int SYN = 2;
    /** See {@link #FIN}. */
    public static final int PSH = 8;
    /** See {@link #FIN}. */
    public static final int ACK = 16;
    /** See {@link #FIN}. */
    public static final int URG = 32;
    /** See {@link #FIN}. */
    public static final int ECE = 64;
    /** See {@link #FIN}. */
    public static final int CWR = 128;

    private final int version;
    private final int protocol;
    private final ByteArrayOutputStream tags = new ByteArrayOutputStream();
    private final ByteArrayOutputStream extensions = new ByteArrayOutputStream();
    private int lastExtension = -1;
    private int firstExtension;
    private byte[] ipOptions = new byte[0];
    private byte[] transportOptions = new byte[0];
    private byte[] finalDestination;
    private byte[] homeAddress;
    private byte[] payload = new byte[0];
    private int padding;
    private int host = 1;
    private int sourcePort = 4000;
    private int destinationPort = 80;
    private long sequence = 1000;
    private long acknowledgement = 77;
    private int flags = ACK;
    private int window = 501;
    private int id = 100;
    private int fragment = 0x4000;
    private int tos;
    private int ttl = 64;
    private boolean partial;
    private boolean ethernet = true;

    private PacketBuilder(int version, int protocol) {
        this.version = version;
        this.protocol = protocol;
    }

    /** A TCP segment over IPv4 or IPv6, by the version 4 or 6. */
    public static PacketBuilder tcp(int version) {
        return new PacketBuilder(version, 6);
    }

    /** A UDP datagram over IPv4 or IPv6, by the version 4 or 6. */
    public static PacketBuilder udp(int version) {
        return new PacketBuilder(version, 17);
    }

    /** Adds a tag: 0x8100 or 0x88a8. */
    public PacketBuilder tag(int type, int vlan) {
        write(tags, type, vlan);
        return this;
    }

    /** IPv4 options, a multiple of four octets. */
    public PacketBuilder ipOptions(byte... options) {
        ipOptions = options;
        return this;
    }

    /** TCP options, a multiple of four octets. */
    public PacketBuilder tcpOptions(byte... options) {
        transportOptions = options;
        return this;
    }

    /**
     * Adds an IPv6 extension header. The body is everything after the next-header octet. Its length is 7 modulo 8, and
     * its first octet is overwritten with the length field.
     */
    public PacketBuilder extension(int type, byte... body) {
        byte[] before = extensions.toByteArray();
        if (lastExtension < 0) {
            firstExtension = type;
        } else {
            before[lastExtension] = (byte) type;
            extensions.reset();
            extensions.writeBytes(before);
        }
        lastExtension = before.length;
        extensions.write(protocol);
        byte[] sized = body.clone();
        sized[0] = (byte) ((body.length + 1) / 8 - 1);
        extensions.writeBytes(sized);
        return this;
    }

    /** Adds a routing header of type 4 with one segment left. The pseudo-header then has this destination. */
    public PacketBuilder segmentRoute(byte... destination) {
        finalDestination = destination;
        byte[] body = new byte[23];
        body[1] = 4;
        body[2] = 1;
        System.arraycopy(destination, 0, body, 7, 16);
        return extension(43, body);
    }

    /**
     * Adds a Home Address option after two octets of padding. The pseudo-header then has this source (RFC 6275, 6.3).
     */
    public PacketBuilder homeAddress(byte... address) {
        homeAddress = address;
        byte[] body = new byte[23];
        body[1] = 1;
        body[3] = (byte) 201;
        body[4] = 16;
        System.arraycopy(address, 0, body, 5, 16);
        return extension(60, body);
    }

    /** Adds a routing header of any type. The pseudo-header then has its final destination. */
    public PacketBuilder route(int type, byte[] destination) {
        finalDestination = destination;
        byte[] body = new byte[23];
        body[1] = (byte) type;
        body[2] = 1;
        return extension(43, body);
    }

    /** The payload of the segment or datagram; empty by default. */
    public PacketBuilder payload(byte... octets) {
        payload = octets;
        return this;
    }

    /** A payload of random octets. */
    public PacketBuilder randomPayload(Random random, int length) {
        payload = new byte[length];
        random.nextBytes(payload);
        return this;
    }

    /** Octets of padding after the IP packet. */
    public PacketBuilder padding(int octets) {
        padding = octets;
        return this;
    }

    /** The last octet of the source address. */
    public PacketBuilder host(int octet) {
        host = octet;
        return this;
    }

    /** The ports; 4000 and 80 unless set. */
    public PacketBuilder ports(int source, int destination) {
        sourcePort = source;
        destinationPort = destination;
        return this;
    }

    /** The TCP sequence number, of which the low 32 bits count. */
    public PacketBuilder sequence(long number) {
        sequence = number;
        return this;
    }

    /** The TCP acknowledgement number, of which the low 32 bits count. */
    public PacketBuilder acknowledgement(long number) {
        acknowledgement = number;
        return this;
    }

    /** The TCP flags, a sum of {@link #FIN} and the others; {@link #ACK} unless set. */
    public PacketBuilder flags(int tcpFlags) {
        flags = tcpFlags;
        return this;
    }

    /** The TCP window. */
    public PacketBuilder window(int octets) {
        window = octets;
        return this;
    }

    /** The IPv4 identification. */
    public PacketBuilder id(int ipv4Id) {
        id = ipv4Id;
        return this;
    }

    /** The IPv4 field of flags and fragment offset; 0x4000, do not fragment, unless set. */
    public PacketBuilder fragment(int field) {
        fragment = field;
        return this;
    }

    /** Type of service, or traffic class. */
    public PacketBuilder tos(int octet) {
        tos = octet;
        return this;
    }

    /** Time to live, or hop limit. */
    public PacketBuilder ttl(int hops) {
        ttl = hops;
        return this;
    }

    /** Leaves the transport checksum to be completed: the field holds the sum of the pseudo-header. */
    public PacketBuilder partial() {
        partial = true;
        return this;
    }

    /** Leaves the Ethernet header and tags away. */
    public PacketBuilder rawIp() {
        ethernet = false;
        return this;
    }

    /** Where the network header begins. */
    public int networkOffset() {
        return ethernet ? 14 + tags.size() : 0;
    }

    /** Where the transport header begins. */
    public int transportOffset() {
        return networkOffset() + (version == 4 ? 20 + ipOptions.length : 40 + extensions.size());
    }

    /** Where the payload begins. */
    public int payloadOffset() {
        return transportOffset() + (protocol == 6 ? 20 + transportOptions.length : 8);
    }

    /** The offset of the checksum in the transport header. */
    public int checksumOffset() {
        return protocol == 6 ? 16 : 6;
    }

    /** The frame, or the packet alone after {@link #rawIp}. */
    public byte[] build() {
        byte[] transport = transport();
        byte[] network = version == 4 ? network4(transport.length) : network6(transport.length);
        int sum = pseudoHeader(network, transport.length);
        if (!partial) {
            sum = ~ReferenceChecksum.add(sum, ReferenceChecksum.sum(transport)) & 0xffff;
            if (sum == 0 && protocol == 17) {
                sum = 0xffff;
            }
        }
        put16(transport, checksumOffset(), sum);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        if (ethernet) {
            frame.writeBytes(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
            frame.writeBytes(tags.toByteArray());
            write(frame, version == 4 ? 0x0800 : 0x86dd);
        }
        frame.writeBytes(network);
        frame.writeBytes(transport);
        for (int i = 0; i < padding; i++) {
            frame.write(0xa5);
        }
        return frame.toByteArray();
    }

    /** The frame, after {@code header} octets of zeros. */
    public ByteBuf build(int header) {
        return build(UnpooledByteBufAllocator.DEFAULT, header);
    }

    /** The same in direct memory of an allocator. The caller releases it. */
    public ByteBuf build(ByteBufAllocator alloc, int header) {
        byte[] frame = build();
        return alloc.directBuffer(header + frame.length).writeZero(header).writeBytes(frame);
    }

    private byte[] transport() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(out, sourcePort, destinationPort);
        if (protocol == 6) {
            write(out, (int) (sequence >>> 16), (int) sequence, (int) (acknowledgement >>> 16), (int) acknowledgement,
                (20 + transportOptions.length) / 4 << 12 | flags, window, 0, 0);
            out.writeBytes(transportOptions);
        } else {
            write(out, 8 + payload.length, 0);
        }
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private byte[] network4(int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int header = 20 + ipOptions.length;
        write(out, 0x4000 | header / 4 << 8 | tos, header + length, id, fragment, ttl << 8 | protocol, 0);
        out.writeBytes(new byte[] {10, 0, 0, (byte) host, 10, 0, 0, 99});
        out.writeBytes(ipOptions);
        byte[] network = out.toByteArray();
        put16(network, 10, ~ReferenceChecksum.sum(network) & 0xffff);
        return network;
    }

    private byte[] network6(int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(out, 0x6000 | tos << 4, 0x1234, extensions.size() + length,
            (lastExtension < 0 ? protocol : firstExtension) << 8 | ttl);
        out.writeBytes(new byte[] {(byte) 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) host});
        out.writeBytes(new byte[] {(byte) 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99});
        out.writeBytes(extensions.toByteArray());
        return out.toByteArray();
    }

    private int pseudoHeader(byte[] network, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (version == 4) {
            out.write(network, 12, 8);
        } else {
            if (homeAddress == null) {
                out.write(network, 8, 16);
            } else {
                out.writeBytes(homeAddress);
            }
            if (finalDestination == null) {
                out.write(network, 24, 16);
            } else {
                out.writeBytes(finalDestination);
            }
        }
        write(out, length >>> 16, length, protocol);
        return ReferenceChecksum.sum(out.toByteArray());
    }

    private static void write(ByteArrayOutputStream out, int... words) {
        for (int word : words) {
            out.write(word >>> 8);
            out.write(word);
        }
    }

    private static void put16(byte[] octets, int at, int value) {
        octets[at] = (byte) (value >>> 8);
        octets[at + 1] = (byte) value;
    }
}
