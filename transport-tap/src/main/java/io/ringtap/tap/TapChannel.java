/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.spi.FrameDevice;

import java.io.IOException;

/**
 * A tap device: the far end of a virtual Ethernet cable whose near end is a network interface of the host. What the
 * host sends there arrives here, one frame a message, and what is written here the host receives.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
 * Channel tap = new Bootstrap().group(group).channel(TapChannel.class)
 *     .option(TapChannelOption.UP, true)
 *     .handler(handler)
 *     .bind(new TapAddress("tap0")).sync().channel();
 * }</pre>
 *
 * <p>Linux, and FreeBSD, where {@code tap%d} stands for the cloning device /dev/tap, the interface is promiscuous as
 * long as the channel is open, and a name such as {@code vmnet0} is that of a vmnet device.
 *
 * <p>The group's handler is one of Netty's native ones, whose loops carry sockets as well, or {@link
 * io.ringtap.loop.PollIoHandler}.
 */
public final class TapChannel extends InterfaceChannel {
    private final DefaultTapChannelConfig config = new DefaultTapChannelConfig(this);

    /** A channel to be bound to a {@link TapAddress}. */
    public TapChannel() {
        super(TunKind.TAP);
    }

    /**
     * A channel over a descriptor that was opened and attached elsewhere, as by a privileged parent process; active as
     * soon as it is registered. Its vnet header stays as it was set.
     *
     * <p>On Linux the interface may be in another network namespace, such as that of a container. A process without
     * CAP_NET_ADMIN over that namespace, for example the parent of a rootless container, cannot find out where the
     * interface is. Frames are read and written all the same, and the channel closes when the device is removed, but
     * there is no other {@link io.ringtap.channel.DeviceEvent}, which a warning in the log says; options of the
     * interface, such as {@link TapChannelOption#MTU}, cannot be read or set, and {@link #deviceDrops()} is unknown. A
     * process that has CAP_NET_ADMIN there, and CAP_NET_ADMIN and CAP_NET_BROADCAST in its own namespace, can do all of
     * this, except that it needs CAP_SYS_ADMIN to change those options. The channel keeps no namespace alive but that
     * of the calling thread.
     *
     * @param descriptor of /dev/net/tun with IFF_TAP and IFF_NO_PI, or on FreeBSD of /dev/tapN; the channel owns it if
     *     this constructor returns. There is no way to check IFF_NO_PI, without which frames cannot be read.
     * @throws IllegalArgumentException if it is no such descriptor
     * @throws IOException if it cannot be asked
     */
    public TapChannel(int descriptor) throws IOException {
        this(descriptor, false);
    }

    /**
     * The same for an interface that is in the network namespace of this thread, as who has opened it knows and this
     * process, without CAP_NET_ADMIN, is not told by the kernel: its events and its state are those of a channel that
     * has opened the device itself.
     *
     * @param descriptor as for {@link #TapChannel(int)}
     * @param here whether the interface is in the network namespace of this thread. If it is not, another interface of
     *     that name and with that Ethernet address would be taken for it.
     * @throws IllegalArgumentException if it is no such descriptor
     * @throws IOException if it cannot be asked
     */
    public TapChannel(int descriptor, boolean here) throws IOException {
        this();
        adopt(adopted(descriptor, here));
    }

    @Override
    public TapChannelConfig config() {
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
    public TapAddress localAddress() {
        FrameDevice open = device();
        return open == null ? (TapAddress) super.localAddress() : (TapAddress) open.localAddress();
    }

    /**
     * The descriptor of the open device, to be passed to another process, which makes a channel of it by {@link
     * #TapChannel(int)}; -1 before bind and after close. It is closed with the channel, and the device stays as long as
     * the other process has it open.
     */
    public int descriptor() {
        FrameDevice open = device();
        return open == null ? -1 : open.descriptor();
    }
}
