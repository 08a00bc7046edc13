/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.internal.link.InterfaceIdentity;
import io.ringtap.internal.nic.packet.FanoutGroup;
import io.ringtap.internal.nic.packet.PacketSettings;
import io.ringtap.nic.PacketAddress;
import io.ringtap.nic.PacketChannel;
import io.ringtap.nic.PacketChannelOption;
import io.ringtap.nic.PacketFanout;
import io.ringtap.nic.PacketSockets;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Ports {@code packet:NAME}. Made by {@link java.util.ServiceLoader}. */
public final class PacketTransport implements FrameTransport {
    private static final String PREFIX = "packet:";

    private static final List<PortKey<?>> KEYS = keysOfPorts();

    /** Called by {@link java.util.ServiceLoader}. */
    public PacketTransport() {
    }

    private static List<PortKey<?>> keysOfPorts() {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.COMMON);
        keys.addAll(List.of(
            new PortKey<>("fanout", "hash|round-robin|cpu|rollover|random|queue",
                "how frames are spread over the queues of a port that has several", PacketChannelOption.FANOUT,
                text -> PacketFanout.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'))),
            PortKey.flag("promisc", "receive frames that are for other stations, too; on unless set",
                PacketChannelOption.PROMISCUOUS),
            PortKey.flag("outgoing", "receive what others send through the interface, too",
                PacketChannelOption.OUTGOING),
            PortKey.flag("qdisc-bypass", "send past the queueing discipline of the interface",
                PacketChannelOption.QDISC_BYPASS),
            PortKey.number("rcvbuf", "bytes of received frames that may wait in the kernel", ChannelOption.SO_RCVBUF, 1,
                PacketSettings.MAX_BUFFER),
            PortKey.number("sndbuf", "bytes of written frames that may wait in the kernel before the port is full",
                ChannelOption.SO_SNDBUF, 1, PacketSettings.MAX_BUFFER),
            new PortKey<>("netns", "NAME|PATH", "the network namespace of the interface; needs CAP_SYS_ADMIN",
                PacketChannelOption.NETWORK_NAMESPACE, text -> text)));
        return List.copyOf(keys);
    }

    @Override
    public String syntax() {
        return "packet:NAME";
    }

    @Override
    public String description() {
        return "a network interface of this host by a packet socket, which gets copies of its frames";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return PacketAddress.parse(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new PacketChannel();
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("packet", PacketSockets.unavailabilityCause()));
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return InterfaceIdentity.of(address, false, (String) options.get(PacketChannelOption.NETWORK_NAMESPACE));
    }

    @Override
    public int maxQueues() {
        return NicQueues.MAX_QUEUES;
    }

    @Override
    public Future<List<FrameChannel>> bindQueues(Bootstrap bootstrap, SocketAddress address,
                                                 List<? extends EventLoopGroup> loops) {
        // A copy, as the caller may change the bootstrap before the last queue is open.
        Bootstrap copy = bootstrap.clone().option(FanoutGroup.OPTION, new FanoutGroup());
        return NicQueues.bind((queue, loop) -> copy.clone(loop), address, loops);
    }
}
