/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.ethernet.MacAddress;

/**
 * Options of a {@link TapChannel}, besides those of every frame channel.
 *
 * <p>What is not set is left as the device has it: a persistent one keeps what its last owner set, except for the vnet
 * header and the offloads, which are always set. {@link ChannelOption#SO_SNDBUF} limits how many bytes of written
 * frames the kernel queues; it is at least 6, because with a lower limit the kernel never reports room again. FreeBSD
 * has the MTU, the MAC address, whether the interface is up, and the limits of Capsicum; there a bind with another
 * option fails.
 *
 * @param <T> the type of the value
 */
public final class TapChannelOption<T> extends InterfaceChannelOption<T> {
    /** The Ethernet address of the host's side of the tap. It may be changed at any time. */
    public static final ChannelOption<MacAddress> MAC_ADDRESS = valueOf(TapChannelOption.class, "MAC_ADDRESS");

    private TapChannelOption() {
    }
}
