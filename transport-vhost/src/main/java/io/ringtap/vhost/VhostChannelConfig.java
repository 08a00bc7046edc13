/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannelConfig;

/** The configuration of a {@link VhostChannel}; see {@link VhostChannelOption}. Any thread. */
public interface VhostChannelConfig extends FrameChannelConfig {
    /** Whether the channel listens, or connects. */
    boolean isServer();

    /** Sets {@link VhostChannelOption#SERVER}, before bind. */
    VhostChannelConfig setServer(boolean server);

    /** How long to wait until connecting again, in milliseconds. */
    int getReconnectMillis();

    /** Sets {@link VhostChannelOption#RECONNECT_MILLIS}, before bind. */
    VhostChannelConfig setReconnectMillis(int millis);

    /** The permissions of the socket's file. */
    int getSocketMode();

    /** Sets {@link VhostChannelOption#SOCKET_MODE}, before bind. */
    VhostChannelConfig setSocketMode(int mode);
}
