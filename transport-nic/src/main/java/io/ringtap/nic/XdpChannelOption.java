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
     * Whether the channel may take the frames of an interface that has an IP address, so that the host does not receive
     * any more what comes by that queue; {@code false} unless set, and bind is refused then.
     */
    public static final ChannelOption<Boolean> TAKE_ALL = valueOf(XdpChannelOption.class, "TAKE_ALL");
    /**
     * Whether the driver has to use the memory of the channel itself; with {@code false} it must not. What the driver
     * can do unless set; then tells after bind which it is.
     */
    public static final ChannelOption<Boolean> ZERO_COPY = valueOf(XdpChannelOption.class, "ZERO_COPY");
    /** The network namespace of the interface, as {@link PacketChannelOption#NETWORK_NAMESPACE}. */
    public static final ChannelOption<String> NETWORK_NAMESPACE =
        valueOf(XdpChannelOption.class, "NETWORK_NAMESPACE");

    private XdpChannelOption() {
    }
}
