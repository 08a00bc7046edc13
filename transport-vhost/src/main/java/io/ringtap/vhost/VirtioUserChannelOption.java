/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of a {@link VirtioUserChannel}, besides those of every frame channel; set before bind. {@link
 * FrameChannelOption#VNET_HEADERS} has 0, 10 or 12 bytes, whatever the queues have. {@link FrameChannelOption#OFFLOADS}
 * are what the back end may leave undone in frames that it sends; what it takes undone is asked of each back end.
 *
 * @param <T> the type of the value
 */
public final class VirtioUserChannelOption<T> extends FrameChannelOption<T> {
    /** The fewest and the most entries of a ring. */
    static final int LEAST_QUEUE_SIZE = 4;
    static final int MOST_QUEUE_SIZE = 4096;

    /** Whether the channel listens at its address, or connects to it, as it does unless set. */
    public static final ChannelOption<Boolean> SERVER = valueOf(VirtioUserChannelOption.class, "SERVER");
    /** How long a channel that connects waits before it tries again, in milliseconds: 1000 unless set. */
    public static final ChannelOption<Integer> RECONNECT_MILLIS =
        valueOf(VirtioUserChannelOption.class, "RECONNECT_MILLIS");
    /** The permissions of the file of a socket that listens, as of chmod(2): 0600 unless set. */
    public static final ChannelOption<Integer> SOCKET_MODE = valueOf(VirtioUserChannelOption.class, "SOCKET_MODE");
    /** Entries of each ring, and buffers in each direction: a power of two from 4 to 4096, 256 unless set. */
    public static final ChannelOption<Integer> QUEUE_SIZE = valueOf(VirtioUserChannelOption.class, "QUEUE_SIZE");
    /** Whether packed rings are used, if the back end has them; split ones unless set. */
    public static final ChannelOption<Boolean> PACKED = valueOf(VirtioUserChannelOption.class, "PACKED");
    /** Whether a received frame may be spread over several buffers, if the back end can do that; it may unless set. */
    public static final ChannelOption<Boolean> MERGEABLE = valueOf(VirtioUserChannelOption.class, "MERGEABLE");
    /** Whether the back end uses buffers in the order in which it gets them, if it can do that; not unless set. */
    public static final ChannelOption<Boolean> IN_ORDER = valueOf(VirtioUserChannelOption.class, "IN_ORDER");

    private VirtioUserChannelOption() {
    }
}
