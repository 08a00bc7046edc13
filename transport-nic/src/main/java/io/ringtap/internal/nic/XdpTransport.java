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
import io.ringtap.internal.nic.xdp.QueueIdentity;
import io.ringtap.internal.nic.xdp.UmemKind;
import io.ringtap.internal.nic.xdp.XdpProgram;
import io.ringtap.nic.Xdp;
import io.ringtap.nic.XdpAddress;
import io.ringtap.nic.XdpChannel;
import io.ringtap.nic.XdpChannelOption;
import io.ringtap.nic.XdpTake;

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
            new PortKey<>("take", "all|0xETHERTYPE|udp:PORT|...+...",
                "which frames are taken from the host; all if the interface has no IP address", XdpChannelOption.TAKE,
                XdpTake::parse),
            PortKey.flag("generic",
                "whether the XDP program runs in the network stack; if the driver cannot unless set",
                XdpChannelOption.GENERIC),
            PortKey.number("busy-poll", "microseconds for which a call polls the queue",
                XdpChannelOption.BUSY_POLL, 0, 1_000_000),
            PortKey.flag("zerocopy", "whether the driver uses the memory of the port itself; as it can unless set",
                XdpChannelOption.ZERO_COPY),
            PortKey.flag("hugepages", "whether the memory of frames is in huge pages", XdpChannelOption.HUGE_PAGES),
            PortKey.number("shares", "how many ports may share the memory of frames; 2 unless set",
                XdpChannelOption.MEMORY_SHARES, 1, UmemKind.MAX_SOCKETS),
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

    @Override
    public int maxQueues() {
        return NicQueues.MAX_QUEUES;
    }

    @Override
    public Future<List<FrameChannel>> bindQueues(Bootstrap bootstrap, SocketAddress address,
                                                 List<? extends EventLoopGroup> loops) {
        // A copy, as the caller may change the bootstrap before the last queue is open.
        Bootstrap copy = bootstrap.clone();
        int first = (Integer) copy.config().options().getOrDefault(XdpChannelOption.QUEUE, 0);
        return NicQueues.bind((queue, loop) -> copy.clone(loop).option(XdpChannelOption.QUEUE, first + queue), address,
            loops);
    }
}
