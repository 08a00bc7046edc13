/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.tap;

import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.PortAvailability;
import io.ringtap.channel.PortIdentity;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import io.ringtap.internal.link.InterfaceIdentity;
import io.ringtap.tap.Tap;
import io.ringtap.tap.TunAddress;
import io.ringtap.tap.TunChannel;
import io.ringtap.tap.TunChannelOption;
import io.ringtap.virtio.LinkLayer;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;

/**
 * Ports {@code tun:NAME}, or {@code tunN}, or {@code utunN} as macOS calls them. Made by {@link
 * java.util.ServiceLoader}.
 */
public final class TunTransport implements FrameTransport {
    private static final String PREFIX = "tun:";
    private static final List<PortKey<?>> KEYS = InterfaceKeys.of(InterfaceKeys.MAX_TUN_MTU);

    /** Called by {@link java.util.ServiceLoader}. */
    public TunTransport() {
    }

    @Override
    public String syntax() {
        return "tun:NAME";
    }

    @Override
    public String description() {
        return "a TUN device, an interface of this host for IP packets; tun:tun%d for a number that the kernel chooses;"
            + " tun0 is read as tun:tun0";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX) || name.matches("u?tun(\\d+|%d)");
    }

    @Override
    public SocketAddress address(String name) {
        return TunAddress.parse(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new TunChannel();
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("tun", Tap.creationFailure(LinkLayer.RAW_IP)));
    }

    @Override
    public List<PortKey<?>> keys() {
        return KEYS;
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return InterfaceIdentity.of(address, ((TunAddress) address).isPattern(),
            (String) options.get(TunChannelOption.NETWORK_NAMESPACE));
    }
}
