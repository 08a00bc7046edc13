/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.FrameChannel;

import java.io.IOException;
import java.net.SocketAddress;

/** A queue of a veth by AF_XDP. It sends past the queueing discipline, so that nothing stalls it. */
final class XdpTestbed extends VethTestbed {
    XdpTestbed() throws IOException {
    }

    @Override
    public FrameChannel newChannel() {
        FrameChannel channel = new XdpChannel();
        channel.config().setOption(XdpChannelOption.NETWORK_NAMESPACE, namespace.name());
        return channel;
    }

    @Override
    public SocketAddress address() {
        return new XdpAddress(NEAR);
    }

    @Override
    public boolean lendsFrames() {
        return true;
    }

    @Override
    public boolean stall() {
        return false;
    }
}
