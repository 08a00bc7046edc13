/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;

/**
 * The packet sockets of one port, over which the kernel spreads the frames of an interface (PACKET_FANOUT). The first
 * socket makes a group, whose number no other has, and further ones join. The group is gone with its last socket.
 */
final class FanoutGroup {
    private static final int UNKNOWN = -1;

    private final PacketFanout fanout;
    private int number = UNKNOWN;

    FanoutGroup(PacketFanout fanout) {
        this.fanout = fanout;
    }

    PacketFanout fanout() {
        return fanout;
    }

    /**
     * Adds a bound socket.
     *
     * @param outgoing whether the group receives what is sent through the interface; the sockets' own settings do not
     *     count
     */
    synchronized void join(PacketOptions socket, boolean outgoing) throws IOException {
        int flags = fanout.type() | (outgoing ? 0 : AfPacket.FANOUT_FLAG_IGNORE_OUTGOING);
        if (number == UNKNOWN) {
            set(socket, (flags | AfPacket.FANOUT_FLAG_UNIQUEID) << 16);
            number = socket.get(AfPacket.SOL_PACKET, AfPacket.PACKET_FANOUT, "PACKET_FANOUT") & 0xffff;
        } else {
            set(socket, flags << 16 | number);
        }
    }

    private static void set(PacketOptions socket, int value) throws IOException {
        int result = socket.set(AfPacket.SOL_PACKET, AfPacket.PACKET_FANOUT, value);
        if (result < 0) {
            throw new SystemCallException("setsockopt(PACKET_FANOUT)", -result,
                "spreading frames over several queues needs Linux 4.12");
        }
    }
}
