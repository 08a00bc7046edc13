/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.UnixSocketName;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * The name of a Unix domain datagram socket: a path, or an abstract name of Linux, which is written with an {@code @}
 * in front and is no file. Immutable.
 */
public final class FrameDatagramAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;

    private final UnixSocketName name;

    /**
     * The address of a socket.
     *
     * @param name such as {@code /run/vm1.sock} or {@code @vm1}
     * @throws IllegalArgumentException if no socket can have this name, for example because it is longer than the 107
     *     bytes that Linux has room for
     */
    public FrameDatagramAddress(String name) {
        this(new UnixSocketName(Objects.requireNonNull(name, "name")));
    }

    FrameDatagramAddress(UnixSocketName name) {
        this.name = name;
    }

    UnixSocketName socketName() {
        return name;
    }

    /** The path, or the abstract name with an {@code @} in front. */
    public String name() {
        return name.text();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof FrameDatagramAddress other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** The address as {@link io.ringtap.channel.FramePorts} reads it: {@code dgram:/run/vm1.sock}. */
    @Override
    public String toString() {
        return name.toPort(FrameDatagramTransport.PREFIX);
    }
}
