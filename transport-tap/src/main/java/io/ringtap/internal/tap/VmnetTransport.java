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
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.tap.Tap;
import io.ringtap.tap.TapAddress;
import io.ringtap.tap.TapChannel;
import io.ringtap.tap.TapChannelOption;
import io.ringtap.virtio.LinkLayer;

import java.net.SocketAddress;
import java.util.List;
import java.util.Map;

/**
 * Ports {@code vmnet:NAME}, and as bhyve writes them {@code vmnetN}: taps of FreeBSD that stay up and keep their
 * addresses when they are closed. Made by {@link java.util.ServiceLoader}.
 */
public final class VmnetTransport implements FrameTransport {
    private static final String PREFIX = "vmnet:";

    private final boolean freeBsd;

    /** Called by {@link java.util.ServiceLoader}. */
    public VmnetTransport() {
        this(OperatingSystem.isFreeBsd());
    }

    VmnetTransport(boolean freeBsd) {
        this.freeBsd = freeBsd;
    }

    @Override
    public String syntax() {
        return "vmnet:NAME";
    }

    @Override
    public String description() {
        return "a tap of FreeBSD that stays up and keeps its addresses when it is closed";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(PREFIX) || name.matches("vmnet(\\d+|%d)");
    }

    @Override
    public SocketAddress address(String name) {
        if (!freeBsd) {
            throw notFreeBsd();
        }
        String device = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        if (!device.startsWith("vmnet")) {
            throw new IllegalArgumentException("'" + device + "' is no vmnet device: one is called vmnet0, or vmnet%d"
                + " for any");
        }
        return TapAddress.parse(device);
    }

    private static IllegalArgumentException notFreeBsd() {
        return new IllegalArgumentException("vmnet devices are FreeBSD's, and this is " + OperatingSystem.current()
            + ": use tap:NAME");
    }

    @Override
    public FrameChannel newChannel() {
        return new TapChannel();
    }

    @Override
    public List<PortAvailability> availability() {
        return List.of(PortAvailability.of("vmnet", freeBsd ? Tap.creationFailure(LinkLayer.ETHERNET) : notFreeBsd()));
    }

    @Override
    public List<PortKey<?>> keys() {
        return TapTransport.KEYS;
    }

    @Override
    public PortIdentity identity(SocketAddress address, Map<ChannelOption<?>, Object> options) {
        return InterfaceIdentity.of(address, ((TapAddress) address).isPattern(),
            (String) options.get(TapChannelOption.NETWORK_NAMESPACE));
    }
}
