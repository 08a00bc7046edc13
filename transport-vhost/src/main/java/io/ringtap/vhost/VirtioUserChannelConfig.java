/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannelConfig;

/** The configuration of a {@link VirtioUserChannel}; see {@link VirtioUserChannelOption}. Any thread. */
public interface VirtioUserChannelConfig extends FrameChannelConfig {
    /** Whether the channel listens, or connects. */
    boolean isServer();

    /** Sets {@link VirtioUserChannelOption#SERVER}, before bind. */
    VirtioUserChannelConfig setServer(boolean server);

    /** How long to wait until connecting again, in milliseconds. */
    int getReconnectMillis();

    /** Sets {@link VirtioUserChannelOption#RECONNECT_MILLIS}, before bind. */
    VirtioUserChannelConfig setReconnectMillis(int millis);

    /** The permissions of the socket's file, if the channel listens. */
    int getSocketMode();

    /** Sets {@link VirtioUserChannelOption#SOCKET_MODE}, before bind. */
    VirtioUserChannelConfig setSocketMode(int mode);

    /** Entries of each ring, and buffers in each direction. */
    int getQueueSize();

    /** Sets {@link VirtioUserChannelOption#QUEUE_SIZE}, before bind. */
    VirtioUserChannelConfig setQueueSize(int entries);

    /** Whether packed rings are used, if the back end has them. */
    boolean isPacked();

    /** Sets {@link VirtioUserChannelOption#PACKED}, before bind. */
    VirtioUserChannelConfig setPacked(boolean packed);

    /** Whether a received frame may be spread over several buffers, if the back end can do that. */
    boolean isMergeable();

    /** Sets {@link VirtioUserChannelOption#MERGEABLE}, before bind. */
    VirtioUserChannelConfig setMergeable(boolean mergeable);

    /** Whether the back end uses buffers in order, if it can do that. */
    boolean isInOrder();

    /** Sets {@link VirtioUserChannelOption#IN_ORDER}, before bind. */
    VirtioUserChannelConfig setInOrder(boolean inOrder);
}
