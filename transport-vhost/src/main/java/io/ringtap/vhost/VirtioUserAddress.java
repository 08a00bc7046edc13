/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.UnixSocketName;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * The Unix domain socket of a program that serves vhost-user: a path, or an abstract name of Linux, which is written
 * with an {@code @} in front and is no file. Immutable.
 */
public final class VirtioUserAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;

    private final UnixSocketName name;

    /**
     * The address of a socket.
     *
     * @param name such as {@code /run/sw0.sock}
     * @throws IllegalArgumentException if no socket can have this name, for example because it is longer than the 107
     *     bytes that Linux has room for
     */
    public VirtioUserAddress(String name) {
        this.name = new UnixSocketName(Objects.requireNonNull(name, "name"));
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
        return o instanceof VirtioUserAddress other && name.equals(other.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    /** The address as {@link io.ringtap.channel.FramePorts} reads it: {@code virtio-user:/run/sw0.sock}. */
    @Override
    public String toString() {
        return name.toPort(VirtioUserTransport.PREFIX);
    }
}
