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

/** Ports {@code dgram:PATH}. Made by {@link java.util.ServiceLoader}. */
public final class FrameDatagramTransport implements FrameTransport {
    static final String PREFIX = "dgram:";
    private static final List<PortKey<?>> KEYS = FrameSocketKeys.with(
        new PortKey<>("remote", "PATH", "the socket of the other side; whoever sends first if there is none",
            FrameDatagramChannelOption.REMOTE, FrameDatagramAddress::new),
        PortKey.flag("vfkit", "whether to begin with the datagram VFKT, which gvproxy waits for",
            FrameDatagramChannelOption.VFKIT));

    /** Called by {@link java.util.ServiceLoader}. */
    public FrameDatagramTransport() {
    }

    @Override
    public String syntax() {
        return "dgram:PATH";
    }

    @Override
    public String description() {
        return "a Unix datagram socket with a frame in each datagram, as QEMU's -netdev dgram has; a path that begins"
            + " with @ is an abstract name of Linux";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return new FrameDatagramAddress(name.substring(PREFIX.length()));
    }

    @Override
    public FrameChannel newChannel() {
        return new FrameDatagramChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }
}
