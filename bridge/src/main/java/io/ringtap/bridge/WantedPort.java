/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.virtio.LinkLayer;

/**
 * A port to be opened.
 *
 * @param port the port
 * @param options what the bridge does there, with what stands behind the port's name
 */
record WantedPort(FramePort port, PortOptions options) {
    /**
     * Of a port, whose own options come before those given.
     *
     * @throws PortSyntaxException if an option cannot be read, or the port carries no Ethernet frames
     */
    static WantedPort of(FramePort port, PortOptions options) {
        // A channel knows its link layer before it is bound to a device.
        if (port.transport().newChannel().linkLayer() != LinkLayer.ETHERNET) {
            throw new PortSyntaxException(port.text(), 0, "this port carries IP packets, and a bridge joins"
                + " Ethernet segments: use a tap, or a netmap port");
        }
        return new WantedPort(port, options.with(port));
    }
}
