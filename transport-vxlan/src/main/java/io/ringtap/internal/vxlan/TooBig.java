/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.virtio.InternetChecksum;

/**
 * Answers to packets that do not fit into the tunnel: "fragmentation needed" (RFC 792, RFC 1191) and "packet too big"
 * (RFC 4443, section 3.2). The answer comes from the receiver of the packet, as the tunnel has no address in its
 * network. Pure.
 */
public final class TooBig {
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int ICMP = 8;
    /** RFC 1812, section 4.3.2.3: as much as fits into 576 octets. */
    private static final int MOST4 = 576 - IPV4 - ICMP;
    /** RFC 4443, section 2.4 (c): the least MTU of IPv6. */
    private static final int MOST6 = 1280 - IPV6 - ICMP;
    private static final int HOPS = 64;

    private TooBig() {
    }

    /**
     * Makes the frame that is the answer.
     *
     * @param frame holds the packet
     * @param start where the frame begins
     * @param packet on that frame; it {@linkplain InnerPacket#allowsErrors allows errors}
     * @param mtu the longest packet that fits
     * @param header bytes of zeroes in front of the answer
     */
    public static ByteBuf answer(ByteBufAllocator alloc, ByteBuf frame, int start, InnerPacket packet, int mtu,
                                 int header) {
        boolean v4 = packet.version() == 4;
        int quoted = Math.min(v4 ? MOST4 : MOST6, packet.end() - packet.ip());
        int link = packet.linkHeader();
        ByteBuf answer = alloc.directBuffer(header + link + (v4 ? IPV4 : IPV6) + ICMP + quoted);
        answer.writeZero(header);
        answer.writeBytes(frame, start + 6, 6).writeBytes(frame, start, 6).writeBytes(frame, start + 12, link - 12);
        int ip = answer.writerIndex();
        if (v4) {
            answer.writeShort(0x4500).writeShort(IPV4 + ICMP + quoted).writeInt(0).writeByte(HOPS).writeByte(1)
                .writeShort(0).writeBytes(frame, packet.ip() + 16, 4).writeBytes(frame, packet.ip() + 12, 4);
            answer.setShort(ip + 10, InternetChecksum.checksum(answer, ip, IPV4));
            // Destination unreachable, fragmentation needed.
            answer.writeByte(3).writeByte(4).writeShort(0).writeShort(0).writeShort(mtu);
        } else {
            answer.writeInt(6 << 28).writeShort(ICMP + quoted).writeByte(58).writeByte(HOPS)
                .writeBytes(frame, packet.ip() + 24, 16).writeBytes(frame, packet.ip() + 8, 16);
            answer.writeByte(2).writeByte(0).writeShort(0).writeInt(mtu);
        }
        answer.writeBytes(frame, packet.ip(), quoted);
        int icmp = ip + (v4 ? IPV4 : IPV6);
        int length = ICMP + quoted;
        int sum = InternetChecksum.sum(answer, icmp, length);
        if (!v4) {
            sum = InternetChecksum.add(sum, InternetChecksum.pseudoHeader6(answer, ip + 8, ip + 24, 58, length));
        }
        answer.setShort(icmp + 2, ~sum & 0xffff);
        return answer;
    }
}
