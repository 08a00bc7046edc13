/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.internal.nic.xdp.QueueIdentity;
import io.ringtap.internal.nic.xdp.XdpProgram;
import io.ringtap.nic.Xdp;
import io.ringtap.nic.XdpAddress;
import io.ringtap.nic.XdpChannel;
import io.ringtap.nic.XdpChannelOption;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ports {@code xdp:NAME}. Made by {@link java.util.ServiceLoader}. */
public final class XdpTransport implements FrameTransport {
    private static final String PREFIX = "xdp:";

    private static final List<PortKey<?>> KEYS = keysOfPorts();

    /** Called by {@link java.util.ServiceLoader}. */
    public XdpTransport() {
    }

    private static List<PortKey<?>> keysOfPorts() {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.COMMON);
        keys.addAll(List.of(
            PortKey.number("queue", "the queue of the interface whose frames are taken", XdpChannelOption.QUEUE, 0,
                XdpProgram.QUEUES - 1),
            new PortKey<>("take", "all", "take the frames of an interface that has an IP address, too",
                XdpChannelOption.TAKE_ALL, text -> {
                    if (!text.equals("all")) {
                        throw new IllegalArgumentException("there is nothing else to take");
                    }
                    return true;
                }),
            PortKey.flag("zerocopy", "whether the driver uses the memory of the port itself; as it can unless set",
                XdpChannelOption.ZERO_COPY),
            new PortKey<>("netns", "NAME|PATH", "the network namespace of the interface; needs CAP_SYS_ADMIN",
                XdpChannelOption.NETWORK_NAMESPACE, text -> text)));
        return List.copyOf(keys);
    }

    @Override
    public String syntax() {
        return "xdp:NAME";
    }

    @Override
    public String description() {
        return "a queue of a network interface of this host by AF_XDP, which takes its frames from the host";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return XdpAddress.parse(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new XdpChannel();
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("xdp", Xdp.unavailabilityCause()));
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return QueueIdentity.of(address, (String) options.get(XdpChannelOption.NETWORK_NAMESPACE),
            (Integer) options.getOrDefault(XdpChannelOption.QUEUE, 0));
    }
}
