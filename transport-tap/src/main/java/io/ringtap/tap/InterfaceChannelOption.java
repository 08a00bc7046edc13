/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

import java.util.List;

/**
 * Options that {@link TapChannelOption} and {@link TunChannelOption} share.
 *
 * @param <T> the type of the value
 */
abstract class InterfaceChannelOption<T> extends FrameChannelOption<T> {
    /**
     * Bytes of payload in a frame: 68 to 65521 on a tap, and 68 to 65535 on a TUN device, whose packets are all
     * payload. On FreeBSD and macOS it is at least 72. It may be changed at any time. A change needs CAP_NET_ADMIN, or
     * root on FreeBSD and macOS.
     */
    public static final ChannelOption<Integer> MTU = valueOf(InterfaceChannelOption.class, "MTU");
    /**
     * IP addresses of the interface, each with the length of its prefix, which the kernel also routes to the interface.
     * Linux only. Bind adds those that the interface does not have yet, and leaves all others as they are. A change
     * while the channel is active adds what is new and removes what this option had set before and does not contain any
     * more. Its value while the channel is active is all addresses of the interface, also those that the kernel or
     * another program has set. A change needs CAP_NET_ADMIN.
     *
     * <p>An IPv6 address is added without duplicate address detection, so that sockets can be bound to it at once: the
     * only station at the far end is this channel, which would have to answer.
     */
    public static final ChannelOption<List<IpPrefix>> ADDRESSES = valueOf(InterfaceChannelOption.class, "ADDRESSES");
    /**
     * Whether the interface is up. It may be changed at any time. A change needs CAP_NET_ADMIN, or root on FreeBSD and
     * macOS. On FreeBSD, closing a tap sets it down, and {@code sysctl net.link.tap.up_on_open=1} lets opening set it
     * up for any user.
     */
    public static final ChannelOption<Boolean> UP = valueOf(InterfaceChannelOption.class, "UP");
    /** Whether the host sees a carrier, as of a plugged cable. It may be changed at any time. Linux 5.0 and later. */
    public static final ChannelOption<Boolean> CARRIER = valueOf(InterfaceChannelOption.class, "CARRIER");
    /**
     * Whether the device stays when the channel is closed. A bind that fails leaves it as it was. It may be changed at
     * any time.
     */
    public static final ChannelOption<Boolean> PERSIST = valueOf(InterfaceChannelOption.class, "PERSIST");
    /** The numeric id of the user who may open the device without privilege. To be set before bind. */
    public static final ChannelOption<Integer> OWNER = valueOf(InterfaceChannelOption.class, "OWNER");
    /** The numeric id of the group whose members may open the device without privilege. To be set before bind. */
    public static final ChannelOption<Integer> GROUP = valueOf(InterfaceChannelOption.class, "GROUP");
    /** Whether bind fails if the device exists already. To be set before bind. */
    public static final ChannelOption<Boolean> EXCLUSIVE = valueOf(InterfaceChannelOption.class, "EXCLUSIVE");
    /**
     * Whether the channel is one queue of a device that has several; see {@link TapQueues}. A device that exists was
     * made either with this option or without it, and has to be opened the same way. All queues share one vnet header
     * and its offloads: a queue that asks for others than those of the open queues is refused. To be set before bind.
     */
    public static final ChannelOption<Boolean> MULTI_QUEUE = valueOf(InterfaceChannelOption.class, "MULTI_QUEUE");
    /**
     * Whether the vnet header is little-endian, as in virtio 1, instead of in native byte order. To be set before bind.
     */
    public static final ChannelOption<Boolean> VNET_LITTLE_ENDIAN =
        valueOf(InterfaceChannelOption.class, "VNET_LITTLE_ENDIAN");
    /**
     * The Linux network namespace in which the device is opened: a name that {@code ip netns} knows, or a path such as
     * {@code /proc/42/ns/net}. To be set before bind; needs CAP_SYS_ADMIN. The namespace lives at least as long as the
     * channel, even if its name is deleted before: the kernel keeps it for the descriptor of the device. A namespace to
     * which the interface is moved later is not kept: when it ends, the device is gone.
     */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(InterfaceChannelOption.class, "NETWORK_NAMESPACE");

    /**
     * Whether bind limits the rights of the descriptors to what an open device needs, as capsicum(4) of FreeBSD can: to
     * read and write frames, to wait, and to ask for the state of the interface. No code that runs in this process can
     * use them for anything else then. The consequences are that no other option of the device can be changed while the
     * channel is active, and that the interface stays promiscuous after it was closed. FreeBSD only; elsewhere bind
     * fails. To be set before bind.
     */
    public static final ChannelOption<Boolean> CAPSICUM = valueOf(InterfaceChannelOption.class, "CAPSICUM");

    InterfaceChannelOption() {
    }
}
