/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

/**
 * The configuration of a {@link TunChannel}: {@link TapChannelOption} without the address of an Ethernet station. While
 * the device is open, the getters tell what the kernel has, also where another program changed it or moved the
 * interface to another network namespace.
 */
public final class TunChannelConfig extends InterfaceChannelConfig {
    TunChannelConfig(TunChannel channel) {
        super(channel, COMMON);
    }

    /** Sets {@link TapChannelOption#MTU}. */
    public TunChannelConfig setMtu(int mtu) {
        setOption(TapChannelOption.MTU, mtu);
        return this;
    }

    /** Sets {@link TapChannelOption#UP}. */
    public TunChannelConfig setUp(boolean up) {
        setOption(TapChannelOption.UP, up);
        return this;
    }
}
