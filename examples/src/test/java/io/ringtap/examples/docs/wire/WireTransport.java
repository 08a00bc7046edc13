/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;

import java.net.SocketAddress;
import java.util.List;

/** Ports {@code wire:NAME/a} and {@code wire:NAME/b}. Made by {@link java.util.ServiceLoader}. */
public final class WireTransport implements FrameTransport {
    @Override
    public String syntax() {
        return "wire:NAME/a|b";
    }

    @Override
    public String description() {
        return "one of the two ends of a wire inside this JVM";
    }

    @Override
    public boolean claims(String name) {
        return name.startsWith(WireAddress.PREFIX);
    }

    @Override
    public SocketAddress address(String name) {
        return new WireAddress(name);
    }

    @Override
    public FrameChannel newChannel() {
        return new WireChannel();
    }

    @Override
    public List<PortKey<?>> keys() {
        return PortKey.COMMON;
    }
}
