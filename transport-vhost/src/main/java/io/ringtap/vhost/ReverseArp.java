/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.buffer.ByteBuf;

/**
 * The frame by which switches learn where a guest is that has arrived at this host: a RARP request of the guest for its
 * own address (RFC 903), as QEMU and Linux's drivers send it.
 */
final class ReverseArp {
    /** Its length in bytes, that of the shortest Ethernet frame without check sequence. */
    static final int BYTES = 60;

    private static final int MAC_BYTES = 6;
    private static final int ETHERTYPE = 0x8035;
    private static final int ETHERNET = 1;
    private static final int IPV4 = 0x0800;
    private static final int REQUEST = 3;

    private ReverseArp() {
    }

    /**
     * Appends the frame.
     *
     * @param macAddress of the guest, its first octet in the lowest 8 bits
     */
    static void write(long macAddress, ByteBuf into) {
        int begin = into.writerIndex();
        for (int i = 0; i < MAC_BYTES; i++) {
            into.writeByte(0xff);
        }
        writeMac(macAddress, into);
        into.writeShort(ETHERTYPE).writeShort(ETHERNET).writeShort(IPV4).writeByte(MAC_BYTES).writeByte(Integer.BYTES)
            .writeShort(REQUEST);
        writeMac(macAddress, into);
        into.writeInt(0);
        writeMac(macAddress, into);
        into.writeZero(BYTES - (into.writerIndex() - begin));
    }

    private static void writeMac(long macAddress, ByteBuf into) {
        for (int i = 0; i < MAC_BYTES; i++) {
            into.writeByte((int) (macAddress >>> 8 * i));
        }
    }
}
