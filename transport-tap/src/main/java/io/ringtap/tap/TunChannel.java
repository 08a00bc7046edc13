/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.spi.FrameDevice;

import java.io.IOException;

/**
 * A TUN device: a network interface of the host without an Ethernet layer, as VPNs use it. What the host routes there
 * arrives here, one IPv4 or IPv6 packet a message, and what is written here the host receives.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
 * Channel tun = new Bootstrap().group(group).channel(TunChannel.class)
 *     .option(TunChannelOption.UP, true)
 *     .handler(handler)
 *     .bind(new TunAddress("tun0")).sync().channel();
 * }</pre>
 *
 * <p>It is a {@link io.ringtap.channel.FrameChannel} whose frames are packets. Its options are those of {@link
 * TunChannelOption}, and a vnet header counts its offsets from the IP header.
 *
 * <p>Linux, and FreeBSD 13 and later, where {@code tun%d} stands for the cloning device /dev/tun and there is no vnet
 * header; and macOS with the same limit, where names are {@code utun0} and so on, {@code utun%d} for any. On macOS it
 * was not run by us.
 *
 * <p>The group's handler is one of Netty's native ones, whose loops carry sockets as well, or {@link
 * io.ringtap.loop.PollIoHandler}.
 */
public final class TunChannel extends InterfaceChannel {
    private final DefaultTunChannelConfig config = new DefaultTunChannelConfig(this);

    /** A channel to be bound to a {@link TunAddress}. */
    public TunChannel() {
        super(TunKind.TUN);
    }

    /**
     * A channel over a descriptor that was opened and attached elsewhere, as by a privileged parent process; active as
     * soon as it is registered. Its vnet header stays as it was set.
     *
     * <p>On Linux the interface may be in another network namespace, such as that of a container. A process without
     * CAP_NET_ADMIN over that namespace, for example the parent of a rootless container, cannot find out where the
     * interface is. Packets are read and written all the same, and the channel closes when the device is removed, but
     * there is no other {@link io.ringtap.channel.DeviceEvent}, which a warning in the log says; options of the
     * interface, such as {@link TunChannelOption#MTU}, cannot be read or set, and {@link #deviceDrops()} is unknown. A
     * process that has CAP_NET_ADMIN there, and CAP_NET_ADMIN and CAP_NET_BROADCAST in its own namespace, can do all of
     * this, except that it needs CAP_SYS_ADMIN to change those options. The channel keeps no namespace alive but that
     * of the calling thread.
     *
     * @param descriptor of /dev/net/tun with IFF_TUN and IFF_NO_PI, or on FreeBSD of /dev/tunN, or on macOS the socket
     *     of a utun; the channel owns it if this constructor returns. There is no way to check IFF_NO_PI, without which
     *     packets cannot be read.
     * @throws IllegalArgumentException if it is no such descriptor
     * @throws IOException if it cannot be asked
     */
    public TunChannel(int descriptor) throws IOException {
        this();
        adopt(adopted(descriptor, false));
    }

    @Override
    public TunChannelConfig config() {
        return config;
    }

    @Override
    TapSettings settings() {
        return config.settings();
    }

    /**
     * The address of the device with its current name, {@code null} before bind. On Linux that is the last known name:
     * for a moment after a rename it is the previous one, and for longer if the interface is out of reach.
     */
    @Override
    public TunAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (TunAddress) super.localAddress() : (TunAddress) open.localAddress();
    }
}
