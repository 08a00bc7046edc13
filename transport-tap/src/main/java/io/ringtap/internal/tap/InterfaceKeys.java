/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.tap.IpPrefix;
import io.ringtap.tap.TapChannelOption;

import java.util.ArrayList;
import java.util.List;

/** The keys that may follow the name of a port that is a network interface. */
final class InterfaceKeys {
    /** The largest MTU that the tun driver of Linux accepts: with an Ethernet header, and without. */
    static final int MAX_TAP_MTU = 65535 - 14;
    static final int MAX_TUN_MTU = 65535;
    /** {@code linux/if_ether.h}: ETH_MIN_MTU. */
    static final int MIN_MTU = 68;
    /** The least send buffer with which a frame is sent at all. */
    static final int MIN_SEND_BUFFER = 6;

    private InterfaceKeys() {
    }

    /**
     * The keys of one kind.
     *
     * @param own those that only this kind has
     */
    static List<PortKey<?>> of(int maxMtu, PortKey<?>... own) {
        List<PortKey<?>> keys = new ArrayList<>(PortKey.COMMON);
        keys.add(PortKey.number("mtu", "bytes of payload in a frame; needs CAP_NET_ADMIN to change",
            TapChannelOption.MTU, MIN_MTU, maxMtu));
        keys.addAll(List.of(own));
        keys.addAll(List.of(
            new PortKey<>("ip", "ADDRESS/LENGTH[+ADDRESS/LENGTH]...", "IP addresses of the interface with the lengths"
                + " of their prefixes, as in 192.0.2.1/24+2001:db8::1/64; needs CAP_NET_ADMIN",
                TapChannelOption.ADDRESSES, IpPrefix::parseAll),
            PortKey.flag("up", "set the interface up or down; needs CAP_NET_ADMIN to change",
                TapChannelOption.UP),
            PortKey.flag("carrier", "whether the host sees a cable plugged in; Linux 5.0",
                TapChannelOption.CARRIER),
            PortKey.flag("persist", "keep the interface when the port is closed",
                TapChannelOption.PERSIST),
            PortKey.number("owner", "the id of the user who may open the device without privilege",
                TapChannelOption.OWNER, 0, Integer.MAX_VALUE),
            PortKey.number("group", "the id of the group whose members may open the device without privilege",
                TapChannelOption.GROUP, 0, Integer.MAX_VALUE),
            PortKey.flag("exclusive", "fail if the interface exists already",
                TapChannelOption.EXCLUSIVE),
            PortKey.flag("multi-queue", "open one queue of an interface that has several",
                TapChannelOption.MULTI_QUEUE),
            PortKey.number("sndbuf", "bytes of written frames that may wait in the kernel before the port is full",
                ChannelOption.SO_SNDBUF, MIN_SEND_BUFFER, Integer.MAX_VALUE),
            PortKey.flag("little-endian", "write the vnet header as virtio 1 does, little-endian; needs vnet",
                TapChannelOption.VNET_LITTLE_ENDIAN),
            PortKey.flag("capsicum", "limit the rights of the open device to reading and writing frames; FreeBSD",
                TapChannelOption.CAPSICUM),
            new PortKey<>("netns", "NAME|PATH", "the network namespace to open the port in; needs CAP_SYS_ADMIN",
                TapChannelOption.NETWORK_NAMESPACE, text -> text)));
        return List.copyOf(keys);
    }
}
