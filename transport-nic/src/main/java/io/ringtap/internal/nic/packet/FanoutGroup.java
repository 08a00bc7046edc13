/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.packet;

import io.netty.channel.ChannelOption;
import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;

/**
 * The packet sockets of one port, over which the kernel spreads the frames of an interface (PACKET_FANOUT). The first
 * socket makes a group, whose number no other has, and further ones join. The group is gone with its last socket.
 */
public final class FanoutGroup {
    /** The group that a channel joins; not for applications, which would have to share it. */
    public static final ChannelOption<FanoutGroup> OPTION = ChannelOption.valueOf(FanoutGroup.class, "GROUP");

    private static final int UNKNOWN = -1;

    private int number = UNKNOWN;

    /**
     * Adds a bound socket.
     *
     * @param fanout PACKET_FANOUT_HASH or another
     * @param outgoing whether the group receives what is sent through the interface; the sockets' own settings do not
     *     count
     */
    synchronized void join(PacketOptions socket, int fanout, boolean outgoing) throws IOException {
        int flags = fanout | (outgoing ? 0 : AfPacket.FANOUT_FLAG_IGNORE_OUTGOING);
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
