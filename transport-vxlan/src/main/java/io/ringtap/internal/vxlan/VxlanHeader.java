/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.EthernetFrame;

import java.nio.ByteBuffer;

/**
 * The header between UDP and an Ethernet frame (RFC 7348, section 5).
 *
 * <pre>
 *   0  flags     u8    I (0x08): the network identifier is valid; the other bits are reserved
 *   1  reserved  u24
 *   4  VNI       u24   the network identifier
 *   7  reserved  u8
 * </pre>
 *
 * <p>Reserved bits are sent as zero and ignored when received.
 */
public final class VxlanHeader {
    /** Bytes of the header. */
    public static final int LENGTH = 8;
    /** The largest network identifier. */
    public static final int MAX_VNI = 0xff_ffff;
    /** The UDP port that IANA has assigned. */
    public static final int PORT = 4789;

    private static final int VALID = 0x08;

    private VxlanHeader() {
    }

    /** Writes the header of a network from the beginning of a buffer on. */
    public static void put(ByteBuffer into, int vni) {
        into.put(0, (byte) VALID).put(1, (byte) 0).put(2, (byte) 0).put(3, (byte) 0)
            .put(4, (byte) (vni >> 16)).put(5, (byte) (vni >> 8)).put(6, (byte) vni).put(7, (byte) 0);
    }

    /**
     * Checks a received datagram.
     *
     * @param at where its payload begins
     * @param length the bytes of its payload
     * @return {@code null} if a frame of this network follows the header, or why it has to be dropped
     */
    public static DropReason check(ByteBuf datagram, int at, int length, int vni) {
        if (length < LENGTH + EthernetFrame.HEADER_LENGTH || (datagram.getByte(at) & VALID) == 0) {
            return DropReason.MALFORMED;
        }
        return datagram.getUnsignedMedium(at + 4) == vni ? null : DropReason.WRONG_NETWORK;
    }
}
