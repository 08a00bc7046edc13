/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.ethernet.MacAddress;

import java.util.List;
import java.util.stream.Stream;

/**
 * The configuration of a {@link TapChannel}; see {@link TapChannelOption}. While the device is open, the getters tell
 * what the kernel has, also where another program changed it or moved the interface to another network namespace.
 */
public final class TapChannelConfig extends InterfaceChannelConfig {
    private static final List<ChannelOption<?>> OPTIONS =
        Stream.concat(COMMON.stream(), Stream.of(TapChannelOption.MAC_ADDRESS)).toList();

    TapChannelConfig(TapChannel channel) {
        super(channel, OPTIONS);
    }

    /** Sets {@link TapChannelOption#MTU}. */
    public TapChannelConfig setMtu(int mtu) {
        setOption(TapChannelOption.MTU, mtu);
        return this;
    }

    /** The address of the host's side, {@code null} if the device is not open and none was set. */
    public MacAddress getMacAddress() {
        return getOption(TapChannelOption.MAC_ADDRESS);
    }

    /** Sets {@link TapChannelOption#MAC_ADDRESS}. */
    public TapChannelConfig setMacAddress(MacAddress mac) {
        setOption(TapChannelOption.MAC_ADDRESS, mac);
        return this;
    }

    /** Sets {@link TapChannelOption#UP}. */
    public TapChannelConfig setUp(boolean up) {
        setOption(TapChannelOption.UP, up);
        return this;
    }
}
