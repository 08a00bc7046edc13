/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of channels whose frames pass through a socket, besides those of every frame channel. All of them are to be
 * set before bind. {@link ChannelOption#SO_SNDBUF} limits how many bytes of written frames the kernel queues.
 *
 * @param <T> the type of the value
 */
public final class FrameSocketOption<T> extends FrameChannelOption<T> {
    /**
     * The permissions of the file of a Unix domain socket, as of chmod(2): 0600 unless set, so that only the same user
     * can send frames.
     */
    public static final ChannelOption<Integer> SOCKET_MODE = valueOf(FrameSocketOption.class, "SOCKET_MODE");
    /**
     * The longest frame in bytes, without a frame check sequence: {@value #LONGEST_FRAME} unless set. A longer one is
     * neither sent nor received.
     */
    public static final ChannelOption<Integer> MAX_FRAME = valueOf(FrameSocketOption.class, "MAX_FRAME");
    /**
     * The socket of the other side of a {@link FrameDatagramChannel}. If none is set, the other side is whoever sends
     * the first datagram, until it goes away.
     */
    public static final ChannelOption<FrameDatagramAddress> REMOTE = valueOf(FrameSocketOption.class, "REMOTE");
    /**
     * Whether a {@link FrameDatagramChannel} begins with the datagram {@code VFKT}, by which gvproxy recognizes vfkit.
     * One that comes from the other side is never taken for a frame.
     */
    public static final ChannelOption<Boolean> VFKIT = valueOf(FrameSocketOption.class, "VFKIT");

    /**
     * Whether a {@link FrameStreamChannel} listens at its address, as it does unless set, or connects to it.
     */
    public static final ChannelOption<Boolean> SERVER = valueOf(FrameSocketOption.class, "SERVER");
    /**
     * How long a {@link FrameStreamChannel} that connects waits before it tries again, in milliseconds: {@value
     * #RECONNECT} unless set.
     */
    public static final ChannelOption<Integer> RECONNECT_MILLIS = valueOf(FrameSocketOption.class, "RECONNECT_MILLIS");

    static final int RECONNECT = 1000;
    /** The longest IP packet, with an Ethernet header and a VLAN tag. */
    static final int LONGEST_FRAME = 65_535 + 14 + 4;
    /** The longest packet of IPv6 that every link has to carry (RFC 8200, section 5), with an Ethernet header. */
    static final int LEAST_MAX_FRAME = 1280 + 14;

    private FrameSocketOption() {
    }
}
