/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.SocketAddress;
import java.util.List;

/** Ports {@code stream:PATH} and {@code stream:IP:PORT}. Made by {@link java.util.ServiceLoader}. */
public final class FrameStreamTransport implements FrameTransport {
    static final String PREFIX = "stream:";
    private static final List<PortKey<?>> KEYS = FrameSocketKeys.with(
        PortKey.flag("server", "whether to listen for a connection, as it does unless set, or to connect",
            FrameStreamChannelOption.SERVER),
        PortKey.number("reconnect-ms", "milliseconds until connecting again", FrameStreamChannelOption.RECONNECT_MILLIS,
            1, Integer.MAX_VALUE));

    /** Called by {@link java.util.ServiceLoader}. */
    public FrameStreamTransport() {
    }

    @Override
    public String syntax() {
        return "stream:PATH|IP:PORT";
    }

    @Override
    public String description() {
        return "a stream socket, of the Unix domain or TCP, with the length of each frame in front of it, as QEMU's"
            + " -netdev stream and passt have; a path that begins with @ is an abstract name of Linux";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return new FrameStreamAddress(name.substring(PREFIX.length()));
    }

    @Override
    public FrameChannel newChannel() {
        return new FrameStreamChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }
}
