/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.PortKey;

import java.util.ArrayList;
import java.util.List;

/** The keys that may follow the name of a port that is a network interface. */
final class InterfaceKeys {
    private InterfaceKeys() {
    }

    /**
     * The keys of one kind.
     *
     * @param own those that only this kind has
     */
    static List<PortKey<?>> of(TunKind kind, PortKey<?>... own) {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.COMMON);
        keys.add(PortKey.number("mtu", TapChannelOption.MTU, TapSettings.MIN_MTU, kind.maxMtu()));
        keys.addAll(List.of(own));
        keys.addAll(List.of(
            PortKey.flag("up", TapChannelOption.UP),
            PortKey.flag("carrier", TapChannelOption.CARRIER),
            PortKey.flag("persist", TapChannelOption.PERSIST),
            PortKey.number("owner", TapChannelOption.OWNER, 0, Integer.MAX_VALUE),
            PortKey.number("group", TapChannelOption.GROUP, 0, Integer.MAX_VALUE),
            PortKey.flag("exclusive", TapChannelOption.EXCLUSIVE),
            PortKey.flag("multi-queue", TapChannelOption.MULTI_QUEUE),
            PortKey.number("sndbuf", ChannelOption.SO_SNDBUF, TapSettings.MIN_SEND_BUFFER, Integer.MAX_VALUE),
            PortKey.flag("little-endian", TapChannelOption.VNET_LITTLE_ENDIAN),
            new PortKey<>("netns", "a network namespace", TapChannelOption.NETWORK_NAMESPACE, text -> text)));
        return List.copyOf(keys);
    }
}
