/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.virtio.VnetHeaderLength;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Ports {@code vhost:PATH}. Made by {@link java.util.ServiceLoader}. */
public final class VhostTransport implements FrameTransport {
    static final String PREFIX = "vhost:";
    private static final List<PortKey<?>> KEYS = keysOfPorts();

    /** Called by {@link java.util.ServiceLoader}. */
    public VhostTransport() {
    }

    private static List<PortKey<?>> keysOfPorts() {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.common(VnetHeaderLength.MERGEABLE));
        keys.add(PortKey.flag("server", "whether to listen for the guest, as it does unless set, or to connect",
            VhostChannelOption.SERVER));
        keys.add(PortKey.number("reconnect-ms", "milliseconds until connecting again",
            VhostChannelOption.RECONNECT_MILLIS, 1, Integer.MAX_VALUE));
        keys.add(FrameSocketKeys.mode(VhostChannelOption.SOCKET_MODE));
        return List.copyOf(keys);
    }

    @Override
    public String syntax() {
        return "vhost:PATH";
    }

    @Override
    public String description() {
        return "the network card of a guest in shared memory, by vhost-user, as QEMU's -netdev vhost-user and DPDK's"
            + " net_virtio_user have it; a path that begins with @ is an abstract name of Linux";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return new VhostAddress(name.substring(PREFIX.length()));
    }

    @Override
    public FrameChannel newChannel() {
        return new VhostChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }
}
