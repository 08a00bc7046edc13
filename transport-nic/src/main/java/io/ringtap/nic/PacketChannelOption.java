/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of a {@link PacketChannel}, besides those of every frame channel. They are set before bind, except for {@link
 * ChannelOption#SO_RCVBUF} and {@link ChannelOption#SO_SNDBUF}, the bytes of received and of written frames that may
 * wait in the kernel.
 *
 * <p>{@link FrameChannelOption#VNET_HEADER} is 0, 10 or, from Linux 6.4 on, 12 bytes. A packet socket gets frames as
 * the interface and the network stack have them, so that a frame may be a super-frame, or lack its checksum. With a
 * header the channel hands such frames on as they are, and {@link FrameChannelOption#OFFLOADS} tells so after bind,
 * whatever was asked for; without one, the channel segments super-frames and completes checksums itself.
 *
 * @param <T> the type of the value
 */
public final class PacketChannelOption<T> extends FrameChannelOption<T> {
    /**
     * Whether the interface also receives frames that are for other stations; {@code true} unless set. The interface is
     * promiscuous as long as the channel, or anybody else, wants it.
     */
    public static final ChannelOption<Boolean> PROMISCUOUS = valueOf(PacketChannelOption.class, "PROMISCUOUS");
    /**
     * Whether the channel also receives the frames that the host itself and other programs send through the interface;
     * {@code false} unless set. It never receives what it has sent itself.
     */
    public static final ChannelOption<Boolean> OUTGOING = valueOf(PacketChannelOption.class, "OUTGOING");
    /**
     * Whether written frames go to the driver at once, past the queueing discipline of the interface and past other
     * packet sockets; {@code false} unless set. A frame for which the driver has no room is refused then, instead of
     * waiting.
     */
    public static final ChannelOption<Boolean> QDISC_BYPASS = valueOf(PacketChannelOption.class, "QDISC_BYPASS");
    /** How frames are spread over the queues of a port with several; {@link PacketFanout#HASH} unless set. */
    public static final ChannelOption<PacketFanout> FANOUT = valueOf(PacketChannelOption.class, "FANOUT");
    /**
     * The Linux network namespace that the interface is in: a name that {@code ip netns} knows, or a path such as
     * {@code /proc/42/ns/net}; that of the calling thread unless set. Needs CAP_SYS_ADMIN. The namespace lives at least
     * as long as the channel.
     */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(PacketChannelOption.class, "NETWORK_NAMESPACE");

    private PacketChannelOption() {
    }
}
