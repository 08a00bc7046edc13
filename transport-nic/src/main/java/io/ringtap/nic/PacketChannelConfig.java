/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.FrameChannelConfig;

/** The configuration of a {@link PacketChannel}; see {@link PacketChannelOption}. Any thread. */
public interface PacketChannelConfig extends FrameChannelConfig {
    /** Whether frames for other stations are received. */
    boolean isPromiscuous();

    /** Sets {@link PacketChannelOption#PROMISCUOUS}, before bind. */
    PacketChannelConfig setPromiscuous(boolean promiscuous);

    /** Whether frames that others send through the interface are received. */
    boolean isOutgoing();

    /** Sets {@link PacketChannelOption#OUTGOING}, before bind. */
    PacketChannelConfig setOutgoing(boolean outgoing);

    /** Whether written frames pass the queueing discipline by. */
    boolean isQdiscBypass();

    /** Sets {@link PacketChannelOption#QDISC_BYPASS}, before bind. */
    PacketChannelConfig setQdiscBypass(boolean bypass);

    /** How frames are spread over several queues. */
    PacketFanout getFanout();

    /** Sets {@link PacketChannelOption#FANOUT}, before bind. */
    PacketChannelConfig setFanout(PacketFanout fanout);

    /** The network namespace of the interface, {@code null} for that of the calling thread. */
    String getNetworkNamespace();

    /** Sets {@link PacketChannelOption#NETWORK_NAMESPACE}, before bind. */
    PacketChannelConfig setNetworkNamespace(String namespace);

    /** Bytes of received frames that may wait in the kernel: once the channel is active, what the kernel has set. */
    Integer getReceiveBufferSize();

    /** Sets {@link io.netty.channel.ChannelOption#SO_RCVBUF}, at any time. */
    PacketChannelConfig setReceiveBufferSize(int bytes);

    /**
     * Bytes of written frames that may wait in the kernel: once the channel is active, what the kernel has set; before,
     * {@code null} if none was set.
     */
    Integer getSendBufferSize();

    /** Sets {@link io.netty.channel.ChannelOption#SO_SNDBUF}, at any time. */
    PacketChannelConfig setSendBufferSize(int bytes);
}
