/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.host;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.InternetChecksum;

import java.util.Arrays;

/**
 * What a host that pings writes and reads: ARP (RFC 826), neighbour discovery (RFC 4861), and echo of ICMP (RFC 792)
 * and ICMPv6 (RFC 4443). Frames have neither tags nor IP options.
 */
final class PingMessages {
    /** The longest of these frames. */
    static final int MAX_LENGTH = 128;

    private static final int IP = 14;
    private static final int ICMP4 = IP + 20;
    private static final int ICMP6 = IP + 40;
    private static final int ARP_LENGTH = 28;
    /** Ethernet and IPv4, addresses of 6 and 4 octets, a reply. */
    private static final long ARP_REPLY = 0x0001_0800_0604_0002L;
    private static final int ADVERTISEMENT = 32;
    private static final int ECHO_DATA = 48;
    private static final int ECHO = 8 + ECHO_DATA;
    private static final int IDENTIFIER = 0x5254;
    private static final int MOST_HOPS = 255;
    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_ICMPV6 = 58;

    private PingMessages() {
    }

    static void writeArpRequest(ByteBuf frame, MacAddress mac, byte[] from, byte[] wanted) {
        header(frame, MacAddress.BROADCAST, mac, EtherType.ARP);
        frame.writeInt(0x0001_0800).writeInt(0x0604_0001);
        mac.write(frame);
        frame.writeBytes(from).writeZero(MacAddress.LENGTH).writeBytes(wanted);
    }

    /** The station that an ARP reply to a host gives for the address, or {@code null}. */
    static MacAddress readArpReply(ByteBuf frame, byte[] wanted, byte[] to) {
        int arp = frame.readerIndex() + IP;
        return frame.readableBytes() >= IP + ARP_LENGTH && frame.getLong(arp) == ARP_REPLY
            && Arrays.equals(bytes(frame, arp + 14, 4), wanted) && Arrays.equals(bytes(frame, arp + 24, 4), to)
            && !MacAddress.isMulticast(MacAddress.bits(frame, arp + 8)) ? MacAddress.get(frame, arp + 8) : null;
    }

    static void writeSolicitation(ByteBuf frame, MacAddress mac, byte[] from, byte[] wanted) {
        // The solicited-node group of the address (RFC 4291, section 2.7.1), and its station (RFC 2464, section 7).
        byte[] group = new byte[16];
        group[0] = (byte) 0xff;
        group[1] = 2;
        group[11] = 1;
        group[12] = (byte) 0xff;
        System.arraycopy(wanted, 13, group, 13, 3);
        long low = (group[12] & 0xffL) << 24 | (group[13] & 0xffL) << 16 | (group[14] & 0xffL) << 8 | group[15] & 0xffL;
        header(frame, MacAddress.of(0x3333_0000_0000L | low), mac, EtherType.IPV6);
        ipv6(frame, from, group, ADVERTISEMENT);
        frame.writeInt(135 << 24).writeInt(0).writeBytes(wanted).writeShort(0x0101);
        mac.write(frame);
        sealIcmp6(frame, ADVERTISEMENT);
    }

    /** The station that a neighbour advertisement gives for the address, or {@code null}. */
    static MacAddress readAdvertisement(ByteBuf frame, byte[] wanted) {
        int icmp = frame.readerIndex() + ICMP6;
        return isIcmp6(frame, 136, ADVERTISEMENT) && Arrays.equals(bytes(frame, icmp + 8, 16), wanted)
            && frame.getUnsignedByte(frame.readerIndex() + IP + 7) == MOST_HOPS && frame.getShort(icmp + 24) == 0x0201
            && !MacAddress.isMulticast(MacAddress.bits(frame, icmp + 26)) ? MacAddress.get(frame, icmp + 26) : null;
    }

    static void writeEcho4(ByteBuf frame, MacAddress mac, MacAddress station, byte[] from, byte[] to, int sequence) {
        header(frame, station, mac, EtherType.IPV4);
        frame.writeShort(0x4500).writeShort(ICMP4 - IP + ECHO).writeInt(0x4000);
        frame.writeByte(64).writeByte(PROTOCOL_ICMP).writeShort(0).writeBytes(from).writeBytes(to);
        frame.setShort(IP + 10, InternetChecksum.checksum(frame, IP, ICMP4 - IP));
        echo(frame, 8, sequence);
        frame.setShort(ICMP4 + 2, InternetChecksum.checksum(frame, ICMP4, ECHO));
    }

    /** The host that an echo reply with this number to a host comes from, or {@code null}. */
    static byte[] readEchoReply4(ByteBuf frame, byte[] to, int sequence) {
        int ip = frame.readerIndex() + IP;
        int icmp = frame.readerIndex() + ICMP4;
        return frame.readableBytes() >= ICMP4 + ECHO && frame.getByte(ip) == 0x45
            && frame.getUnsignedShort(ip + 2) == ICMP4 - IP + ECHO && frame.getByte(ip + 9) == PROTOCOL_ICMP
            && InternetChecksum.checksum(frame, ip, ICMP4 - IP) == 0
            && InternetChecksum.checksum(frame, icmp, ECHO) == 0
            && Arrays.equals(bytes(frame, ip + 16, 4), to)
            && isEcho(frame, icmp, 0, sequence) ? bytes(frame, ip + 12, 4) : null;
    }

    static void writeEcho6(ByteBuf frame, MacAddress mac, MacAddress station, byte[] from, byte[] to, int sequence) {
        header(frame, station, mac, EtherType.IPV6);
        ipv6(frame, from, to, ECHO);
        echo(frame, 128, sequence);
        sealIcmp6(frame, ECHO);
    }

    /** The host that an echo reply with this number to a host comes from, or {@code null}. */
    static byte[] readEchoReply6(ByteBuf frame, byte[] to, int sequence) {
        int start = frame.readerIndex();
        return isIcmp6(frame, 129, ECHO) && Arrays.equals(bytes(frame, start + IP + 24, 16), to)
            && isEcho(frame, start + ICMP6, 129, sequence) ? bytes(frame, start + IP + 8, 16) : null;
    }

    private static void header(ByteBuf frame, MacAddress to, MacAddress from, int etherType) {
        to.write(frame);
        from.write(frame);
        frame.writeShort(etherType);
    }

    private static void ipv6(ByteBuf frame, byte[] from, byte[] to, int length) {
        // Neighbour discovery believes only messages that no router has passed on: with a hop limit of 255.
        frame.writeInt(0x6000_0000).writeShort(length).writeByte(PROTOCOL_ICMPV6).writeByte(MOST_HOPS);
        frame.writeBytes(from).writeBytes(to);
    }

    private static void echo(ByteBuf frame, int type, int sequence) {
        frame.writeInt(type << 24).writeShort(IDENTIFIER).writeShort(sequence);
        for (int i = 0; i < ECHO_DATA; i++) {
            frame.writeByte(i);
        }
    }

    private static boolean isEcho(ByteBuf frame, int icmp, int type, int sequence) {
        if (frame.getByte(icmp) != (byte) type || frame.getUnsignedShort(icmp + 4) != IDENTIFIER
            || frame.getUnsignedShort(icmp + 6) != sequence) {
            return false;
        }
        for (int i = 0; i < ECHO_DATA; i++) {
            if (frame.getByte(icmp + 8 + i) != i) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIcmp6(ByteBuf frame, int type, int length) {
        int start = frame.readerIndex();
        return frame.readableBytes() >= ICMP6 + length && frame.getByte(start + IP) >> 4 == 6
            && frame.getByte(start + IP + 6) == PROTOCOL_ICMPV6
            && frame.getUnsignedShort(start + IP + 4) == length && frame.getByte(start + ICMP6) == (byte) type
            && (short) icmp6Sum(frame, start, length) == -1;
    }

    private static void sealIcmp6(ByteBuf frame, int length) {
        frame.setShort(ICMP6 + 2, ~icmp6Sum(frame, 0, length));
    }

    private static int icmp6Sum(ByteBuf frame, int start, int length) {
        return InternetChecksum.add(InternetChecksum.sum(frame, start + ICMP6, length), InternetChecksum.pseudoHeader6(
            frame, start + IP + 8, start + IP + 24, PROTOCOL_ICMPV6, length));
    }

    private static byte[] bytes(ByteBuf frame, int index, int length) {
        byte[] bytes = new byte[length];
        frame.getBytes(index, bytes);
        return bytes;
    }
}
