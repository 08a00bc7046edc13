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

/** Ports {@code virtio-user:PATH}. Made by {@link java.util.ServiceLoader}. */
public final class VirtioUserTransport implements FrameTransport {
    static final String PREFIX = "virtio-user:";
    private static final List<PortKey<?>> KEYS = keysOfPorts();

    /** Called by {@link java.util.ServiceLoader}. */
    public VirtioUserTransport() {
    }

    private static List<PortKey<?>> keysOfPorts() {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.common(VnetHeaderLength.MERGEABLE));
        keys.add(PortKey.flag("server", "whether to listen for the back end, or to connect, as it does unless set",
            VirtioUserChannelOption.SERVER));
        keys.add(PortKey.number("reconnect-ms", "milliseconds until connecting again",
            VirtioUserChannelOption.RECONNECT_MILLIS, 1, Integer.MAX_VALUE));
        keys.add(FrameSocketKeys.mode(VirtioUserChannelOption.SOCKET_MODE));
        keys.add(PortKey.number("queue-size", "entries of each ring, a power of two: 256 unless set",
            VirtioUserChannelOption.QUEUE_SIZE, VirtioUserChannelOption.LEAST_QUEUE_SIZE,
            VirtioUserChannelOption.MOST_QUEUE_SIZE));
        keys.add(PortKey.flag("packed", "packed rings, if the back end has them; split ones unless set",
            VirtioUserChannelOption.PACKED));
        keys.add(PortKey.flag("mergeable", "frames spread over several buffers, as is done unless set to off",
            VirtioUserChannelOption.MERGEABLE));
        keys.add(PortKey.flag("in-order", "buffers used in order, if the back end does that; not unless set",
            VirtioUserChannelOption.IN_ORDER));
        return List.copyOf(keys);
    }

    @Override
    public String syntax() {
        return "virtio-user:PATH";
    }

    @Override
    public String description() {
        return "a port of a program that serves vhost-user, as Open vSwitch with DPDK, VPP and testpmd do; a path that"
            + " begins with @ is an abstract name of Linux";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return new VirtioUserAddress(name.substring(PREFIX.length()));
    }

    @Override
    public FrameChannel newChannel() {
        return new VirtioUserChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }
}
