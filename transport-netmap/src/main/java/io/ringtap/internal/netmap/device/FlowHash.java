/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.device;

import io.netty.buffer.ByteBuf;

/**
 * Spreads flows over rings: frames with the same Ethernet and IP addresses give the same number. The port numbers of
 * UDP and TCP do not count, so that the fragments of a datagram stay together.
 */
final class FlowHash {
    private static final int ETHERNET_HEADER = 14;
    private static final int ADDRESSES = 12;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int IPV4_ADDRESSES = 12;
    private static final int IPV6_ADDRESSES = 8;
    private static final int PRIME = 0x01000193;

    private FlowHash() {
    }

    /** A number from 0 to {@code rings - 1} for a frame that begins with a vnet header of a length. */
    static int of(ByteBuf frame, int header, int rings) {
        int at = frame.readerIndex() + header;
        int room = frame.readableBytes() - header;
        int hash = mix(frame, at, Math.min(room, ADDRESSES), 0x811c9dc5);
        if (room >= ETHERNET_HEADER) {
            int type = frame.getUnsignedShort(at + ADDRESSES);
            int from = type == IPV4 ? IPV4_ADDRESSES : type == IPV6 ? IPV6_ADDRESSES : 0;
            int length = type == IPV4 ? 8 : type == IPV6 ? 32 : 0;
            if (room >= ETHERNET_HEADER + from + length) {
                hash = mix(frame, at + ETHERNET_HEADER + from, length, hash);
            }
        }
        return Integer.remainderUnsigned(hash ^ hash >>> 15, rings);
    }

    private static int mix(ByteBuf frame, int at, int length, int hash) {
        int mixed = hash;
        for (int i = 0; i + 4 <= length; i += 4) {
            mixed = (mixed ^ frame.getInt(at + i)) * PRIME;
            mixed ^= mixed >>> 13;
        }
        return mixed;
    }
}
