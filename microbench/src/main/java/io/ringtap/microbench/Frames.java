/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.ethernet.EtherType;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.virtio.InternetChecksum;
import io.ringtap.virtio.VirtioNetHeader;

/** The frames that benchmarks move. */
public final class Frames {
    /** An EtherType for local experiments (IEEE 802), which no host answers. */
    public static final int EXPERIMENTAL = 0x88b5;
    /** Octets from the Ethernet header to the end of a TCP header without options. */
    public static final int TCP_HEADERS = 54;

    private static final int IP = 14;
    private static final int TCP = 34;
    private static final int TCP_PROTOCOL = 6;

    private Frames() {
    }

    /** A frame of this length in direct memory, with an EtherType that no host accepts. */
    public static ByteBuf plain(int length) {
        ByteBuf frame = Unpooled.directBuffer(length, length);
        MacAddress.of(0x0200_0000_0099L).write(frame);
        MacAddress.of(0x0200_0000_0001L).write(frame);
        frame.writeShort(EXPERIMENTAL);
        for (int i = frame.writerIndex(); i < length; i++) {
            frame.writeByte(i);
        }
        return frame;
    }

    /** A super-frame as a tap delivers it: a vnet header, and TCP over IPv4 with the payload of several segments. */
    public static ByteBuf tcpSuperFrame(VirtioNetHeader header, int segments, int segmentSize) {
        int payload = segments * segmentSize;
        ByteBuf message = Unpooled.directBuffer(header.bytes() + TCP_HEADERS + payload);
        header.clear(message, 0);
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setHdrLen(message, 0, TCP_HEADERS);
        header.setGsoSize(message, 0, segmentSize);
        header.setCsumStart(message, 0, TCP);
        header.setCsumOffset(message, 0, 16);
        int frame = header.bytes();
        message.writerIndex(frame);
        MacAddress.of(0x0200_0000_0099L).write(message);
        MacAddress.of(0x0200_0000_0001L).write(message);
        message.writeShort(EtherType.IPV4);
        message.writeShort(0x4500).writeShort(TCP_HEADERS - IP + payload).writeShort(1).writeShort(0x4000)
            .writeShort(64 << 8 | TCP_PROTOCOL).writeShort(0).writeInt(0x0a63_0001).writeInt(0x0a63_0002);
        message.setShort(frame + IP + 10, InternetChecksum.checksum(message, frame + IP, TCP - IP));
        message.writeShort(40000).writeShort(5201).writeInt(1).writeInt(1).writeShort(0x5010).writeShort(0xffff)
            .writeShort(InternetChecksum.pseudoHeader4(message, frame + IP, TCP_PROTOCOL, 20 + payload)).writeShort(0);
        for (int i = 0; i < payload; i++) {
            message.writeByte(i);
        }
        return message;
    }
}
