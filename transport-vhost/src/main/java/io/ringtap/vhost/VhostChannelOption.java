/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of a {@link VhostChannel}, besides those of every frame channel; set before bind. {@link
 * FrameChannelOption#VNET_HEADERS} has 0, 10 or 12 bytes, whatever a guest has. {@link FrameChannelOption#OFFLOADS} are
 * what a guest may leave undone in frames that it sends; what it takes undone is asked of each guest.
 *
 * @param <T> the type of the value
 */
public final class VhostChannelOption<T> extends FrameChannelOption<T> {
    /** Whether the channel listens at its address, as it does unless set, or connects to it. */
    public static final ChannelOption<Boolean> SERVER = valueOf(VhostChannelOption.class, "SERVER");
    /** How long a channel that connects waits before it tries again, in milliseconds: 1000 unless set. */
    public static final ChannelOption<Integer> RECONNECT_MILLIS =
        valueOf(VhostChannelOption.class, "RECONNECT_MILLIS");
    /**
     * The permissions of the file of the socket, as of chmod(2): 0600 unless set, so that only programs of the same
     * user can connect.
     */
    public static final ChannelOption<Integer> SOCKET_MODE = valueOf(VhostChannelOption.class, "SOCKET_MODE");

    private VhostChannelOption() {
    }
}
