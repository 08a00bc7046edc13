/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.offload;

import io.netty.buffer.ByteBuf;
import io.ringtap.virtio.ChecksumCompletion;

/**
 * Completes checksums of TCP and UDP that the network stack has left to the hardware. An XDP program is told nothing of
 * that: a frame of a virtual interface then has the sum of its pseudo-header where its checksum belongs. To complete a
 * checksum that is right, and happens to be that sum, leaves it as it is.
 */
public final class PartialChecksums {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    /** The shortest one. */
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private PartialChecksums() {
    }

    /** Completes the checksum of an Ethernet frame that begins at the reader index, if it is partial. */
    public static void complete(ByteBuf frame) {
        int start = frame.readerIndex();
        int length = frame.readableBytes();
        int ip = 14;
        while (ip + 4 <= length && isTag(frame.getUnsignedShort(start + ip - 2))) {
            ip += 4;
        }
        int type = frame.getUnsignedShort(start + ip - 2);
        if (type == IPV4 && length >= ip + IPV4_HEADER) {
            completeIpv4(frame, start, ip, length);
        } else if (type == IPV6 && length >= ip + IPV6_HEADER) {
            int payload = frame.getUnsignedShort(start + ip + 4);
            complete(frame, start, frame.getUnsignedByte(start + ip + 6), ip + IPV6_HEADER, payload, length, ip + 8,
                32);
        }
    }

    private static boolean isTag(int type) {
        return type == 0x8100 || type == 0x88a8;
    }

    private static void completeIpv4(ByteBuf frame, int start, int ip, int length) {
        int header = (frame.getByte(start + ip) & 0xf) * 4;
        int fragment = frame.getUnsignedShort(start + ip + 6) & 0x3fff;
        if (header >= IPV4_HEADER && fragment == 0) {
            complete(frame, start, frame.getUnsignedByte(start + ip + 9), ip + header,
                frame.getUnsignedShort(start + ip + 2) - header, length, ip + 12, 8);
        }
    }

    private static void complete(ByteBuf frame, int start, int protocol, int transport, int bytes, int length,
                                 int addresses, int addressBytes) {
        int offset = protocol == TCP ? 16 : protocol == UDP ? 6 : -1;
        if (offset < 0 || bytes < offset + 2 || transport + bytes > length) {
            return;
        }
        int sum = protocol + bytes;
        for (int at = 0; at < addressBytes; at += 2) {
            sum += frame.getUnsignedShort(start + addresses + at);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        if (frame.getUnsignedShort(start + transport + offset) == sum) {
            ChecksumCompletion.complete(frame, start, transport + bytes, transport, offset);
        }
    }
}
