/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.ethernet.MacAddress;

import java.util.List;
import java.util.stream.Stream;

/** The configuration of a {@link TapChannel}. */
final class DefaultTapChannelConfig extends DefaultInterfaceChannelConfig<TapChannelConfig>
    implements TapChannelConfig {
    private static final List<ChannelOption<?>> OPTIONS =
        Stream.concat(COMMON.stream(), Stream.of(TapChannelOption.MAC_ADDRESS)).toList();

    DefaultTapChannelConfig(TapChannel channel) {
        super(channel, OPTIONS);
    }

    @Override
    TapChannelConfig self() {
        return this;
    }

    @Override
    public MacAddress getMacAddress() {
        return getOption(TapChannelOption.MAC_ADDRESS);
    }

    @Override
    public TapChannelConfig setMacAddress(MacAddress mac) {
        setOption(TapChannelOption.MAC_ADDRESS, mac);
        return this;
    }
}
