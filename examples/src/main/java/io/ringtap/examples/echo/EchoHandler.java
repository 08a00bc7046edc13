/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.echo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.EthernetFrame;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.InternetChecksum;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.nio.ByteBuffer;

/**
 * Answers what makes a host answer {@code ping}: ARP requests (RFC 826), ICMP echo (RFC 792), neighbour solicitations
 * (RFC 4861) and ICMPv6 echo (RFC 4443), each by turning the frame round in place. Everything else is let go.
 *
 * <p>It answers what is for this host, sound, and from a host that an answer can go to: frames to this station, and to
 * a group only what is asked of one; right checksums; sources that are no group, no loopback and not this host itself
 * (RFC 1122, sections 3.2.1.3, 3.2.2.6 and 3.3.6; RFC 4443, section 2.4; RFC 4861, section 7.1.1). Which IPv4 addresses
 * are the broadcast addresses of subnets it cannot know. VLAN tags and IPv4 options go back as they came.
 */
public final class EchoHandler extends ChannelInboundHandlerAdapter {
    private static final int ARP_LENGTH = 28;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int ICMP_HEADER = 8;
    private static final int SOLICITATION = 24;
    private static final int LINK_LAYER_OPTION = 8;
    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int HOPS = 64;
    private static final int MOST_HOPS = 255;
    /** Ethernet and IPv4, addresses of 6 and 4 octets, a request (RFC 826). */
    private static final long ARP_REQUEST = 0x0001_0800_0604_0001L;

    private final MacAddress mac;
    private final byte[] ipv4;
    private final byte[] ipv6;
    /** The solicited-node group of the IPv6 address (RFC 4291, section 2.7.1), and its MAC (RFC 2464, section 7). */
    private final byte[] group = {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, 0, 0, 0};
    private final long solicited;

    /** Answers for these addresses. */
    public EchoHandler(MacAddress mac, Inet4Address ipv4, Inet6Address ipv6) {
        this.mac = mac;
        this.ipv4 = ipv4.getAddress();
        this.ipv6 = ipv6.getAddress();
        System.arraycopy(this.ipv6, 13, group, 13, 3);
        solicited = 0x3333_0000_0000L | ByteBuffer.wrap(group).getInt(12) & 0xffff_ffffL;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf frame = (ByteBuf) message;
        if (answer(frame)) {
            int start = frame.readerIndex();
            frame.setBytes(start, frame, start + MacAddress.LENGTH, MacAddress.LENGTH);
            mac.set(frame, start + MacAddress.LENGTH);
            ctx.write(frame, ctx.voidPromise());
        } else {
            frame.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    /** Makes the answer of the request, but for the Ethernet addresses; false if there is none. */
    private boolean answer(ByteBuf frame) {
        int start = frame.readerIndex();
        if (!EthernetFrame.isValid(frame, start)
            || !Sources.isStation(EthernetFrame.sourceBits(frame, start), mac)) {
            return false;
        }
        long to = EthernetFrame.destinationBits(frame, start);
        boolean mine = to == mac.bits();
        // Behind the VLAN tags, which go back as they came.
        int payload = EthernetFrame.payloadOffset(frame, start);
        int length = frame.writerIndex() - payload;
        switch (EthernetFrame.etherType(frame, start)) {
            case EtherType.ARP:
                return (mine || to == MacAddress.BROADCAST.bits()) && length >= ARP_LENGTH && answerArp(frame, payload);
            case EtherType.IPV4:
                return mine && length >= IPV4_HEADER + ICMP_HEADER && answerIpv4(frame, payload, length);
            case EtherType.IPV6:
                return (mine || to == solicited) && length >= IPV6_HEADER + ICMP_HEADER
                    && answerIpv6(frame, payload, length, mine);
            default:
                return false;
        }
    }

    private boolean answerArp(ByteBuf frame, int arp) {
        // From no address somebody asks whether ours is taken (RFC 5227): it is.
        if (frame.getLong(arp) != ARP_REQUEST || !Sources.equals(frame, arp + 24, ipv4)
            || !Sources.isStation(MacAddress.bits(frame, arp + 8), mac)
            || frame.getInt(arp + 14) != 0 && !Sources.isHost4(frame, arp + 14, ipv4)) {
            return false;
        }
        frame.setShort(arp + 6, 2);
        // Who asked becomes the target, and this host the sender.
        frame.setBytes(arp + 18, frame, arp + 8, MacAddress.LENGTH + ipv4.length);
        mac.set(frame, arp + 8);
        frame.setBytes(arp + 14, ipv4);
        return true;
    }

    private boolean answerIpv4(ByteBuf frame, int ip, int available) {
        int header = (frame.getByte(ip) & 0xf) * 4;
        int length = frame.getUnsignedShort(ip + 2);
        int icmp = ip + header;
        if (frame.getByte(ip) >> 4 != 4 || length > available || length < header + ICMP_HEADER
            || header < IPV4_HEADER || frame.getByte(ip + 9) != PROTOCOL_ICMP || !Sources.equals(frame, ip + 16, ipv4)
            || (frame.getShort(ip + 6) & 0x3fff) != 0 || frame.getShort(icmp) != 0x0800
            || !Sources.isHost4(frame, ip + 12, ipv4) || InternetChecksum.checksum(frame, ip, header) != 0
            || InternetChecksum.checksum(frame, icmp, length - header) != 0) {
            return false;
        }
        frame.setBytes(ip + 16, frame, ip + 12, ipv4.length);
        frame.setBytes(ip + 12, ipv4);
        frame.setByte(ip + 8, HOPS);
        frame.setShort(ip + 10, 0);
        frame.setShort(ip + 10, InternetChecksum.checksum(frame, ip, header));
        frame.setShort(icmp, 0);
        frame.setShort(icmp + 2, 0);
        frame.setShort(icmp + 2, InternetChecksum.checksum(frame, icmp, length - header));
        return true;
    }

    /**
     * Answers an echo or a solicitation.
     *
     * @param mine whether the frame was for this station alone, and not for the group of this host's address
     */
    private boolean answerIpv6(ByteBuf frame, int ip, int available, boolean mine) {
        int length = frame.getUnsignedShort(ip + 4);
        int icmp = ip + IPV6_HEADER;
        boolean toAddress = Sources.equals(frame, ip + 24, ipv6);
        if (frame.getByte(ip) >> 4 != 6 || frame.getByte(ip + 6) != PROTOCOL_ICMPV6
            || length < ICMP_HEADER || IPV6_HEADER + length > available || frame.getByte(icmp + 1) != 0
            || !(toAddress ? mine : Sources.equals(frame, ip + 24, group))
            // From the unspecified address somebody asks whether ours is taken: that host has another one.
            || !Sources.isHost6(frame, ip + 8, ipv6) || (short) icmpv6Sum(frame, ip, length) != -1) {
            return false;
        }
        switch (frame.getUnsignedByte(icmp)) {
            case 128:
                if (!toAddress) {
                    return false;
                }
                frame.setByte(ip + 7, HOPS);
                frame.setByte(icmp, 129);
                break;
            case 135:
                if (length < SOLICITATION || !Sources.equals(frame, icmp + 8, ipv6)
                    || frame.getUnsignedByte(ip + 7) != MOST_HOPS || !hasSoundOptions(frame, icmp, length)) {
                    return false;
                }
                length = advertise(frame, ip, icmp);
                break;
            default:
                return false;
        }
        frame.setBytes(ip + 24, frame, ip + 8, ipv6.length);
        frame.setBytes(ip + 8, ipv6);
        frame.setShort(icmp + 2, 0);
        frame.setShort(icmp + 2, ~icmpv6Sum(frame, ip, length));
        return true;
    }

    private static int icmpv6Sum(ByteBuf frame, int ip, int length) {
        return InternetChecksum.add(InternetChecksum.sum(frame, ip + IPV6_HEADER, length),
            InternetChecksum.pseudoHeader6(frame, ip + 8, ip + 24, PROTOCOL_ICMPV6, length));
    }

    /** Each has a length, in units of eight octets, and ends where the message does at the latest. */
    private static boolean hasSoundOptions(ByteBuf frame, int icmp, int length) {
        int at = icmp + SOLICITATION;
        int end = icmp + length;
        while (at + 1 < end && frame.getByte(at + 1) != 0) {
            at += frame.getUnsignedByte(at + 1) * 8;
        }
        return at == end;
    }

    /** Turns a neighbour solicitation into the advertisement of this host's address; returns the message's length. */
    private int advertise(ByteBuf frame, int ip, int icmp) {
        int length = SOLICITATION + LINK_LAYER_OPTION;
        frame.writerIndex(Math.min(frame.writerIndex(), icmp + length));
        frame.ensureWritable(icmp + length - frame.writerIndex());
        frame.writerIndex(icmp + length);
        frame.setShort(ip + 4, length);
        frame.setByte(ip + 7, MOST_HOPS);
        frame.setByte(icmp, 136);
        // Solicited, override.
        frame.setInt(icmp + 4, 0x6000_0000);
        frame.setShort(icmp + SOLICITATION, 0x0201);
        mac.set(frame, icmp + SOLICITATION + 2);
        return length;
    }
}
