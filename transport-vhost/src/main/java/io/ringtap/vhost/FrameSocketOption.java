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
abstract class FrameSocketOption<T> extends FrameChannelOption<T> {
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

    /** The longest IP packet, with an Ethernet header and a VLAN tag. */
    static final int LONGEST_FRAME = 65_535 + 14 + 4;
    /** The longest packet of IPv6 that every link has to carry (RFC 8200, section 5), with an Ethernet header. */
    static final int LEAST_MAX_FRAME = 1280 + 14;

    FrameSocketOption() {
    }
}
