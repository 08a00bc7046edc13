/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.MacAddress;

/**
 * Options of a {@link TapChannel} and, but for the MAC address, of a {@link TunChannel}, besides those of every frame
 * channel. What is not set is left as the device has it: a persistent one keeps what its last owner set, but for the
 * vnet header and the offloads, which are always set. {@link ChannelOption#SO_SNDBUF} bounds, in bytes, what the kernel
 * queues of the frames that are written; it is 6 or more, as the kernel never tells of room with fewer. FreeBSD has the
 * MTU, the MAC address and whether it is up; there a bind with another one fails.
 *
 * @param <T> the type of the value
 */
public final class TapChannelOption<T> extends FrameChannelOption<T> {
    /**
     * Bytes of payload in a frame: on Linux 68 to 65521, of a TUN device, whose packets are all payload, to 65535. May
     * be changed at any time; needs CAP_NET_ADMIN.
     */
    public static final ChannelOption<Integer> MTU = valueOf(TapChannelOption.class, "MTU");
    /** The address of the host's side of the tap. May be changed at any time. */
    public static final ChannelOption<MacAddress> MAC_ADDRESS = valueOf(TapChannelOption.class, "MAC_ADDRESS");
    /** Whether the interface is up. May be changed at any time; needs CAP_NET_ADMIN. */
    public static final ChannelOption<Boolean> UP = valueOf(TapChannelOption.class, "UP");
    /** Whether the host sees a carrier, as of a cable. May be changed at any time. Linux 5.0. */
    public static final ChannelOption<Boolean> CARRIER = valueOf(TapChannelOption.class, "CARRIER");
    /** Whether the device outlives the channel. A bind that fails leaves it as it was. May be changed at any time. */
    public static final ChannelOption<Boolean> PERSIST = valueOf(TapChannelOption.class, "PERSIST");
    /** The numeric id of the user who may open the device without privilege. Before bind. */
    public static final ChannelOption<Integer> OWNER = valueOf(TapChannelOption.class, "OWNER");
    /** The numeric id of the group whose members may open the device without privilege. Before bind. */
    public static final ChannelOption<Integer> GROUP = valueOf(TapChannelOption.class, "GROUP");
    /** Fail the bind if the device exists already. Before bind. */
    public static final ChannelOption<Boolean> EXCLUSIVE = valueOf(TapChannelOption.class, "EXCLUSIVE");
    /**
     * Open one queue of a device that has several; see {@link TapQueues}. A device that exists was made either with
     * this or without it, and has to be opened the same way. All queues share one vnet header and its offloads: one
     * that asks for others than those of the queues that are open is refused. Before bind.
     */
    public static final ChannelOption<Boolean> MULTI_QUEUE = valueOf(TapChannelOption.class, "MULTI_QUEUE");
    /** Whether the vnet header is little-endian, as virtio 1 has it, instead of in native order. Before bind. */
    public static final ChannelOption<Boolean> VNET_LITTLE_ENDIAN =
        valueOf(TapChannelOption.class, "VNET_LITTLE_ENDIAN");
    /**
     * The Linux network namespace to open the device in: a name that {@code ip netns} knows, or a path such as
     * {@code /proc/42/ns/net}. Before bind; needs CAP_SYS_ADMIN. The namespace lives at least as long as the
     * channel, also where its name is deleted before: the kernel keeps it for the device's descriptor. A namespace that
     * the interface is moved to later is not kept: when that ends, the device is gone.
     */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(TapChannelOption.class, "NETWORK_NAMESPACE");

    private TapChannelOption() {
    }
}
