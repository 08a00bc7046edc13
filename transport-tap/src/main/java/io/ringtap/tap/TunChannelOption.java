/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;

/**
 * Options of a {@link TunChannel}, besides those of every frame channel. They are those of {@link TapChannelOption}
 * except for the Ethernet address.
 *
 * <p>What is not set is left as the device has it: a persistent one keeps what its last owner set, except for the vnet
 * header and the offloads, which are always set. {@link ChannelOption#SO_SNDBUF} limits how many bytes of written
 * packets the kernel queues; it is at least 6, because with a lower limit the kernel never reports room again. FreeBSD
 * and macOS have the MTU and whether the interface is up, and FreeBSD the limits of Capsicum; there a bind with another
 * option fails.
 *
 * @param <T> the type of the value
 */
public final class TunChannelOption<T> extends InterfaceChannelOption<T> {
    private TunChannelOption() {
    }
}
