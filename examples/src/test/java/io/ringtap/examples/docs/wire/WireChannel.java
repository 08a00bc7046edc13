/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.docs.wire;

import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.channel.spi.AbstractFrameChannel;
import io.ringtap.channel.spi.DefaultFrameChannelConfig;
import io.ringtap.channel.spi.FrameDevice;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VnetHeaderLength;

import java.io.IOException;
import java.net.SocketAddress;

/** A channel over one end of a wire. It is bound to a {@link WireAddress}. */
final class WireChannel extends AbstractFrameChannel {
    private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);

    @Override
    protected FrameDevice openDevice(SocketAddress localAddress) throws IOException {
        if (!(localAddress instanceof WireAddress address)) {
            throw new IllegalArgumentException(localAddress + " is no address of a wire");
        }
        if (config.getVnetHeader() != VnetHeaderLength.NONE) {
            throw new IllegalArgumentException(address + " has no vnet header");
        }
        return new WireDevice(address);
    }

    /** There is no descriptor, so any event loop can serve it. */
    @Override
    protected boolean needsDescriptor() {
        return false;
    }

    @Override
    public LinkLayer linkLayer() {
        return LinkLayer.ETHERNET;
    }

    @Override
    public FrameChannelConfig config() {
        return config;
    }
}
