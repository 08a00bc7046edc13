/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;

/**
 * Options of a {@link FrameStreamChannel}, besides those of every frame channel. All of them are to be set before
 * bind. {@link ChannelOption#SO_SNDBUF} limits how many bytes of written frames the kernel queues.
 *
 * @param <T> the type of the value
 */
public final class FrameStreamChannelOption<T> extends FrameSocketOption<T> {
    /**
     * Whether a {@link FrameStreamChannel} listens at its address, as it does unless set, or connects to it.
     */
    public static final ChannelOption<Boolean> SERVER = valueOf(FrameStreamChannelOption.class, "SERVER");
    /**
     * How long a {@link FrameStreamChannel} that connects waits before it tries again, in milliseconds: 1000 unless
     * set.
     */
    public static final ChannelOption<Integer> RECONNECT_MILLIS =
        valueOf(FrameStreamChannelOption.class, "RECONNECT_MILLIS");

    private FrameStreamChannelOption() {
    }
}
