/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

/** How the kernel spreads the frames of an interface over the queues of a port, each of which is a packet socket. */
public enum PacketFanout {
    /** By a hash of the addresses: the frames of a connection, in both directions, stay on one queue. */
    HASH(0),
    /** In turn. */
    ROUND_ROBIN(1),
    /** By the processor that received the frame. */
    CPU(2),
    /** To the first queue that has room. */
    ROLLOVER(3),
    /** At random. */
    RANDOM(4),
    /** By the queue of the network card that received the frame. */
    QUEUE(5);

    private final int type;

    PacketFanout(int type) {
        this.type = type;
    }

    /** {@code PACKET_FANOUT_HASH} and others of {@code linux/if_packet.h}. */
    int type() {
        return type;
    }
}
