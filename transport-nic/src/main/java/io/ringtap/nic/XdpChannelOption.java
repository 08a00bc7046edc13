/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;

/**
 * Options of an {@link XdpChannel}, besides those of every frame channel; set before bind. There is no virtio-net
 * header, as an XDP program gets frames without what the network stack knows of them.
 *
 * @param <T> the type of the value
 */
public final class XdpChannelOption<T> extends FrameChannelOption<T> {
    /** The queue of the interface whose frames the channel takes; 0 unless set. */
    public static final ChannelOption<Integer> QUEUE = valueOf(XdpChannelOption.class, "QUEUE");
    /**
     * Which frames the channel takes from the host. Unless set it takes all of them, and bind is refused if the host
     * has an IP address on the interface. All queues of an interface that are open in this process take the same.
     */
    public static final ChannelOption<XdpTake> TAKE = valueOf(XdpChannelOption.class, "TAKE");
    /**
     * Whether the XDP program runs in the network stack, which any interface can; with {@code false} it has to run in
     * the driver. In the driver unless set, if that can be; then tells after bind which it is.
     */
    public static final ChannelOption<Boolean> GENERIC = valueOf(XdpChannelOption.class, "GENERIC");
    /**
     * Microseconds for which the kernel polls the queue in calls of this channel, instead of waiting for interrupts
     * (SO_PREFER_BUSY_POLL); 0, which is no polling, unless set. Needs CAP_NET_ADMIN, and helps physical cards alone.
     */
    public static final ChannelOption<Integer> BUSY_POLL = valueOf(XdpChannelOption.class, "BUSY_POLL");
    /**
     * Whether the driver has to use the memory of the channel itself; with {@code false} it must not. What the driver
     * can do unless set; then tells after bind which it is.
     */
    public static final ChannelOption<Boolean> ZERO_COPY = valueOf(XdpChannelOption.class, "ZERO_COPY");
    /**
     * Whether the memory of frames is in huge pages, of which {@code sysctl vm.nr_hugepages} has to have made enough;
     * off unless set.
     */
    public static final ChannelOption<Boolean> HUGE_PAGES = valueOf(XdpChannelOption.class, "HUGE_PAGES");
    /**
     * How many channels of this process may share the memory of frames, 1 to 62; 2 unless set. Between channels that
     * share it a frame moves without a copy. Those share it that are opened with the same value, the same
     * {@link #HUGE_PAGES}, MTUs that ask for the same chunks, and drivers that all copy or all do not. Each has room
     * for 4096 chunks of 2048 or 4096 bytes, which the first channel allocates for all.
     */
    public static final ChannelOption<Integer> MEMORY_SHARES = valueOf(XdpChannelOption.class, "MEMORY_SHARES");
    /** The network namespace of the interface, as {@link PacketChannelOption#NETWORK_NAMESPACE}. */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(XdpChannelOption.class, "NETWORK_NAMESPACE");

    private XdpChannelOption() {
    }
}
