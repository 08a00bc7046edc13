/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

/**
 * The vnet headers on both sides of a queue, of which each begins with the same ten bytes.
 *
 * @param channel bytes in front of each frame of the channel: 0, 10 or 12
 * @param ring bytes in front of each frame in the queue: 12 if the driver has accepted VERSION_1 or MRG_RXBUF, or
 *     else 10 (virtio 1.2, section 5.1.6.1)
 * @param mergeable a frame may be spread over several receive buffers (MRG_RXBUF)
 */
public record NetHeader(int channel, int ring, boolean mergeable) {
    /** The bytes that every header has. */
    static final int COMMON = 10;
    /** Where num_buffers lies in a header that has it. */
    static final int NUM_BUFFERS = 10;
    /** Bytes of an Ethernet header, the shortest frame. */
    static final int ETHERNET = 14;
    /** The longest frame: the largest IPv6 packet, an Ethernet header and two VLAN tags. */
    static final int LONGEST = 65575 + ETHERNET + 8;
    private static final long MRG_RXBUF = 1L << 15;

    /** Checks the lengths. */
    public NetHeader {
        if (channel != 0 && channel != COMMON && channel != 12 || ring != COMMON && ring != 12) {
            throw new IllegalArgumentException("a vnet header of a queue has 10 or 12 bytes, and one of its channel 0,"
                + " 10 or 12, not " + ring + " and " + channel);
        }
    }

    /** The headers of a channel and of a queue whose device has negotiated these feature bits. */
    public static NetHeader of(int channel, long features) {
        boolean mergeable = (features & MRG_RXBUF) != 0;
        return new NetHeader(channel, mergeable || (features & QueueFeatures.VERSION_1) != 0 ? 12 : COMMON, mergeable);
    }
}
