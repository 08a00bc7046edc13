/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePorts;

import java.net.SocketAddress;
import java.util.List;

/**
 * One kind of port that {@link FramePorts} can open by name; found through {@link java.util.ServiceLoader}. A
 * transport's jar names its implementation in {@code META-INF/services/io.ringtap.channel.spi.FrameTransport}.
 */
public interface FrameTransport {
    /** How ports of this kind are written, for messages: {@code tap:NAME}. */
    String syntax();

    /** Whether a name, such as {@code tap:t0}, {@code tap0} or {@code vale0:1}, is for this transport. */
    boolean claims(String name);

    /**
     * The address that a claimed name stands for.
     *
     * @throws IllegalArgumentException if there is none, saying what is wrong with it
     */
    SocketAddress address(String name);

    /** A new channel, to be bound to the address. */
    FrameChannel newChannel();

    /** The {@code key=value} parts that may follow the name. */
    List<PortKey<?>> keys();
}
