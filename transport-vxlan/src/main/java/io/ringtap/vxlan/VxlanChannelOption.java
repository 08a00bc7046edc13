/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * Options of a {@link VxlanChannel}, besides those of every frame channel. They are set before bind, except for {@link
 * #REMOTES}, {@link ChannelOption#SO_RCVBUF} and {@link ChannelOption#SO_SNDBUF}, the bytes of received and of written
 * frames that may wait in the kernel.
 *
 * <p>{@link FrameChannelOption#VNET_HEADER} may have any length. With a header the channel takes super-frames, which it
 * segments, and hands on those that a kernel at the other end gives; without one, it finishes what it receives.
 *
 * @param <T> the type of the value
 */
public final class VxlanChannelOption<T> extends FrameChannelOption<T> {
    /** Where this end receives, if the {@link VxlanAddress} does not say. */
    public static final ChannelOption<InetAddress> LOCAL = valueOf(VxlanChannelOption.class, "LOCAL");
    /** The UDP port of all ends, if the {@link VxlanAddress} does not say. */
    public static final ChannelOption<Integer> PORT = valueOf(VxlanChannelOption.class, "PORT");
    /**
     * The other ends: IP addresses and host names, which are looked up again from time to time. {@code fdb:NAME} stands
     * for the ends that the FDB of the kernel's vxlan device NAME says, and is set before bind. None unless set. May be
     * set at any time.
     */
    public static final ChannelOption<List<String>> REMOTES = valueOf(VxlanChannelOption.class, "REMOTES");
    /** A multicast group, to which frames go whose destination is not known, or everybody; none unless set. */
    public static final ChannelOption<InetAddress> GROUP = valueOf(VxlanChannelOption.class, "GROUP");
    /** The interface by which the group is joined; that of the route to it unless set. */
    public static final ChannelOption<String> GROUP_INTERFACE = valueOf(VxlanChannelOption.class, "GROUP_INTERFACE");
    /** The networks, such as 192.0.2.0/24, whose members are heard beside the remotes where there is a group. */
    public static final ChannelOption<List<String>> NETWORKS = valueOf(VxlanChannelOption.class, "NETWORKS");
    /**
     * Whether the channel learns behind which end a station is from the frames of that station; {@code true} unless
     * set, but {@code false} where an FDB is followed.
     */
    public static final ChannelOption<Boolean> LEARNING = valueOf(VxlanChannelOption.class, "LEARNING");
    /** Behind which end a station is, whatever is heard of it. */
    public static final ChannelOption<Map<MacAddress, InetAddress>> STATIONS =
        valueOf(VxlanChannelOption.class, "STATIONS");
    /** The most stations that are known at a time; 8192 unless set. */
    public static final ChannelOption<Integer> MAX_STATIONS = valueOf(VxlanChannelOption.class, "MAX_STATIONS");
    /** After how many seconds a silent station is forgotten; 300 unless set. */
    public static final ChannelOption<Integer> AGEING_SECONDS = valueOf(VxlanChannelOption.class, "AGEING_SECONDS");
    /**
     * Among how many source ports flows are spread (RFC 7348, section 5), 1 to 64; 4 unless set. Each is a socket.
     */
    public static final ChannelOption<Integer> SOURCE_PORTS = valueOf(VxlanChannelOption.class, "SOURCE_PORTS");
    /**
     * Whether datagrams have a checksum; {@code true} unless set. Without one, a row of datagrams cannot be handed to
     * the kernel in one piece.
     */
    public static final ChannelOption<Boolean> CHECKSUM = valueOf(VxlanChannelOption.class, "CHECKSUM");
    /** How many routers a datagram passes at most (TTL), 1 to 255; 64 unless set. */
    public static final ChannelOption<Integer> TTL = valueOf(VxlanChannelOption.class, "TTL");
    /**
     * The traffic class (TOS) of datagrams, 0 to 255, of which the last two bits are those of the packet inside in any
     * case (RFC 6040); -1, as unless set, for that of the packet inside.
     */
    public static final ChannelOption<Integer> TOS = valueOf(VxlanChannelOption.class, "TOS");
    /**
     * Whether datagrams must not be fragmented; {@code true} unless set. A frame that does not fit is refused then, and
     * the sender of its packet is told.
     */
    public static final ChannelOption<Boolean> DONT_FRAGMENT = valueOf(VxlanChannelOption.class, "DONT_FRAGMENT");
    /**
     * The Linux network namespace of the network between the ends: a name that {@code ip netns} knows, or a path such
     * as {@code /proc/42/ns/net}; that of the calling thread unless set. Needs CAP_SYS_ADMIN.
     */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(VxlanChannelOption.class, "NETWORK_NAMESPACE");

    private VxlanChannelOption() {
    }
}
