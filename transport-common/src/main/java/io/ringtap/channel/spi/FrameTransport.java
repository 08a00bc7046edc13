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
    /** How the names of such ports are written, for messages: {@code tap:NAME}. */
    String syntax();

    /** What such a port is, in one line that begins with a small letter and has no full stop; for help texts. */
    String description();

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

    /** The keys that may follow the name, each with its documentation. */
    List<PortKey<?>> keys();

    /**
     * Whether a part that follows a claimed name behind a comma belongs to that name: in {@code
     * netmap:em0@conf:rings=2,slots=512} the part {@code slots=512} does. If it could be a key of the port as well, the
     * user is asked to write brackets. Names hold no commas unless this is overridden.
     *
     * @param name the name so far, which may have been continued already
     * @param part what stands between the next two commas
     */
    default boolean continuesName(String name, String part) {
        return false;
    }
}
