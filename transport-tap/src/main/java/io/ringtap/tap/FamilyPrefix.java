/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;

/**
 * The address family that stands in front of an IP packet on a TUN device of a BSD: four octets in network byte order,
 * since such a device does not look at the packet itself. Immutable.
 */
final class FamilyPrefix {
    static final int LENGTH = Integer.BYTES;
    /** {@code sys/socket.h}, the same everywhere. */
    static final int AF_INET = 2;

    private final int inet6;

    /**
     * For a system.
     *
     * @param inet6 its AF_INET6
     */
    FamilyPrefix(int inet6) {
        this.inet6 = inet6;
    }

    /**
     * A packet behind its prefix, for the caller to release; the packet stays as it is.
     *
     * @return {@code null} if it is of neither version of IP
     */
    ByteBuf before(ByteBuf packet) {
        int version = packet.isReadable() ? packet.getByte(packet.readerIndex()) >>> 4 & 15 : 0;
        if (version != 4 && version != 6) {
            return null;
        }
        ByteBuf prefix = packet.alloc().directBuffer(LENGTH, LENGTH).writeInt(version == 4 ? AF_INET : inet6);
        return packet.alloc().compositeDirectBuffer(2).addComponent(true, prefix)
            .addComponent(true, packet.retainedDuplicate());
    }
}
