/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.packet;

import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * The options with which a packet socket is opened: those of a configuration at the time of bind.
 *
 * @param sendBuffer bytes, {@code null} for what the system gives
 * @param namespace {@code null} for that of the calling thread
 * @param fanout PACKET_FANOUT_HASH or another
 * @param group the sockets that share the frames of the interface, {@code null} for this one alone
 */
public record PacketSettings(List<VnetHeaderLength> vnetHeaders, boolean promiscuous, boolean outgoing,
                             boolean qdiscBypass, int receiveBuffer, Integer sendBuffer, String namespace, int fanout,
                             FanoutGroup group) {
    /** Some hundred frames of the usual length, or a hundred super-frames, while the event loop does something else. */
    public static final int RECEIVE_BUFFER = 8 << 20;
    /** The kernel doubles the size that it is given, as it counts its own overhead, and keeps it in an int. */
    public static final int MAX_BUFFER = Integer.MAX_VALUE / 2;
}
