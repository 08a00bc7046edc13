/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.virtio.LinkLayer;

/** Ports for programs that look at Ethernet headers, and would take the octets of an IP packet for one. */
public final class EthernetPort {
    private EthernetPort() {
    }

    /**
     * Returns the port.
     *
     * @throws PortSyntaxException if its frames are no Ethernet frames, as those of a TUN device
     */
    public static FramePort require(FramePort port) {
        // A channel knows its link layer before it is bound to a device.
        LinkLayer layer = port.factory().newChannel().linkLayer();
        if (layer != LinkLayer.ETHERNET) {
            throw new PortSyntaxException(port.text(), 0,
                "this port carries IP packets, and Ethernet frames are needed: use a tap, or a netmap port");
        }
        return port;
    }
}
