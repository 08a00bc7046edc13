/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;

/**
 * Options of a {@link FrameDatagramChannel}, besides those of every frame channel. All of them are to be set before
 * bind. {@link ChannelOption#SO_SNDBUF} limits how many bytes of written frames the kernel queues.
 *
 * @param <T> the type of the value
 */
public final class FrameDatagramChannelOption<T> extends FrameSocketOption<T> {
    /**
     * The socket of the other side of a {@link FrameDatagramChannel}. If none is set, the other side is whoever sends
     * the first datagram, until it goes away.
     */
    public static final ChannelOption<FrameDatagramAddress> REMOTE =
        valueOf(FrameDatagramChannelOption.class, "REMOTE");
    /**
     * Whether a {@link FrameDatagramChannel} begins with the datagram {@code VFKT}, by which gvproxy recognizes vfkit.
     * One that comes from the other side is never taken for a frame.
     */
    public static final ChannelOption<Boolean> VFKIT = valueOf(FrameDatagramChannelOption.class, "VFKIT");

    private FrameDatagramChannelOption() {
    }
}
