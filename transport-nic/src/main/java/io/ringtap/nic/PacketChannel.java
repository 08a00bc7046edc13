/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.internal.link.InterfaceIdentity;
import io.ringtap.internal.nic.packet.PacketDevice;
import io.ringtap.internal.nic.packet.PacketSocketOpener;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/**
 * A network interface of Linux through a packet socket: what arrives at the interface is read, and what is written
 * leaves through it.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
 * Channel eth0 = new Bootstrap().group(group).channel(PacketChannel.class)
 *     .handler(handler)
 *     .bind(new PacketAddress("eth0")).sync().channel();
 * }</pre>
 *
 * <p>A packet socket gets copies: the network stack of the host receives the same frames, and answers those that are
 * for it. A program that forwards frames from an interface to others therefore wants one that has no IP address and
 * belongs to no bridge of the kernel.
 *
 * <p>The kernel takes a VLAN tag out of a frame, and the channel puts it back. Opening one needs CAP_NET_RAW. The
 * group's handler is one of Netty's native ones, or {@link io.ringtap.loop.PollIoHandler}.
 */
public final class PacketChannel extends NicChannel {
    private final DefaultPacketChannelConfig config = new DefaultPacketChannelConfig(this);

    /** A channel to be bound to a {@link PacketAddress}. */
    public PacketChannel() {
    }

    /**
     * A channel over a packet socket that was opened and bound elsewhere, as by a privileged parent process; active as
     * soon as it is registered. Its vnet header stays as it was set, and so do its memberships and its fanout group.
     * This process needs no privilege. Where it can neither tell the network namespace of the socket, which needs
     * CAP_NET_ADMIN, nor is in it, the interface is not found and the constructor fails.
     *
     * @param descriptor of a socket of AF_PACKET and SOCK_RAW; the channel owns it if this constructor returns
     * @throws IllegalArgumentException if it is no such descriptor, or is bound to no interface
     * @throws IOException if it cannot be asked
     */
    public PacketChannel(int descriptor) throws IOException {
        this();
        PacketSockets.requireSystem();
        adopt(PacketSocketOpener.adopt(descriptor, PacketAddress::told));
    }

    @Override
    public PacketChannelConfig config() {
        return config;
    }

    /** The open device, {@code null} before bind and after close. Any thread. */
    PacketDevice packetDevice() {
        return (PacketDevice) nicDevice();
    }

    @Override
    protected PortIdentity identity(SocketAddress bound) {
        return InterfaceIdentity.of(bound, false, config.getNetworkNamespace());
    }

    @Override
    public List<String> forwardingHazards() {
        PacketDevice open = packetDevice();
        return open == null ? List.of() : open.forwardingHazards();
    }

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof PacketAddress address)) {
            throw new IllegalArgumentException("a PacketChannel is bound to a PacketAddress, not to " + localAddress);
        }
        PacketSockets.requireSystem();
        return PacketSocketOpener.open(address.name(), config.settings(), PacketAddress::told);
    }

    /** The address of the interface with its current name, as far as is known; {@code null} before bind. */
    @Override
    public PacketAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (PacketAddress) super.localAddress() : (PacketAddress) open.localAddress();
    }
}
