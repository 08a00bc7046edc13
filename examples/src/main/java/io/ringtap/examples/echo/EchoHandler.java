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

/**
 * Answers what makes a host answer {@code ping}: ARP requests (RFC 826), ICMP echo (RFC 792), neighbour solicitations
 * (RFC 4861) and ICMPv6 echo (RFC 4443), each by turning the frame round in place. Everything else is let go.
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

    private final MacAddress mac;
    private final byte[] ipv4;
    private final byte[] ipv6;

    /** Answers for these addresses. */
    public EchoHandler(MacAddress mac, Inet4Address ipv4, Inet6Address ipv6) {
        this.mac = mac;
        this.ipv4 = ipv4.getAddress();
        this.ipv6 = ipv6.getAddress();
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
        if (!EthernetFrame.isValid(frame, start)) {
            return false;
        }
        // Behind the VLAN tags, which go back as they came.
        int payload = EthernetFrame.payloadOffset(frame, start);
        int length = frame.writerIndex() - payload;
        switch (EthernetFrame.etherType(frame, start)) {
            case EtherType.ARP:
                return length >= ARP_LENGTH && answerArp(frame, payload);
            case EtherType.IPV4:
                return length >= IPV4_HEADER + ICMP_HEADER && answerIpv4(frame, payload, length);
            case EtherType.IPV6:
                return length >= IPV6_HEADER + ICMP_HEADER && answerIpv6(frame, payload, length);
            default:
                return false;
        }
    }

    private boolean answerArp(ByteBuf frame, int arp) {
        if (frame.getShort(arp + 6) != 1 || !equals(frame, arp + 24, ipv4)) {
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
            || header < IPV4_HEADER || frame.getByte(ip + 9) != PROTOCOL_ICMP || !equals(frame, ip + 16, ipv4)
            || (frame.getShort(ip + 6) & 0x3fff) != 0 || frame.getShort(icmp) != 0x0800) {
            return false;
        }
        // The order of the two addresses does not matter to the header's checksum.
        frame.setBytes(ip + 16, frame, ip + 12, ipv4.length);
        frame.setBytes(ip + 12, ipv4);
        frame.setShort(icmp, 0);
        frame.setShort(icmp + 2, 0);
        frame.setShort(icmp + 2, InternetChecksum.checksum(frame, icmp, length - header));
        return true;
    }

    private boolean answerIpv6(ByteBuf frame, int ip, int available) {
        int length = frame.getUnsignedShort(ip + 4);
        if (frame.getByte(ip) >> 4 != 6 || frame.getByte(ip + 6) != PROTOCOL_ICMPV6
            || length < ICMP_HEADER || IPV6_HEADER + length > available) {
            return false;
        }
        int icmp = ip + IPV6_HEADER;
        switch (frame.getUnsignedByte(icmp)) {
            case 128:
                if (!equals(frame, ip + 24, ipv6)) {
                    return false;
                }
                frame.setByte(icmp, 129);
                break;
            case 135:
                // From the unspecified address somebody asks whether ours is taken: that host has another one.
                if (length < SOLICITATION || !equals(frame, icmp + 8, ipv6) || frame.getLong(ip + 8) == 0) {
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
        int sum = InternetChecksum.add(InternetChecksum.sum(frame, icmp, length),
            InternetChecksum.pseudoHeader6(frame, ip + 8, ip + 24, PROTOCOL_ICMPV6, length));
        frame.setShort(icmp + 2, ~sum);
        return true;
    }

    /** Turns a neighbour solicitation into the advertisement of this host's address; returns the message's length. */
    private int advertise(ByteBuf frame, int ip, int icmp) {
        int length = SOLICITATION + LINK_LAYER_OPTION;
        frame.writerIndex(Math.min(frame.writerIndex(), icmp + length));
        frame.ensureWritable(icmp + length - frame.writerIndex());
        frame.writerIndex(icmp + length);
        frame.setShort(ip + 4, length);
        frame.setByte(ip + 7, 255);
        frame.setByte(icmp, 136);
        // Solicited, override.
        frame.setInt(icmp + 4, 0x6000_0000);
        frame.setShort(icmp + SOLICITATION, 0x0201);
        mac.set(frame, icmp + SOLICITATION + 2);
        return length;
    }

    private static boolean equals(ByteBuf frame, int index, byte[] address) {
        for (int i = 0; i < address.length; i++) {
            if (frame.getByte(index + i) != address[i]) {
                return false;
            }
        }
        return true;
    }
}
