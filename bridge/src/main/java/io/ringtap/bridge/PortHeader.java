/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

/**
 * The vnet header that a port is opened with. A port that nobody gives one is plain, as everywhere else in Ringtap, so
 * that what a capture, a filter or a fault sees there are the frames of the wire, with their checksums. A port with a
 * header gets all offloads unless its options say otherwise, since without any it has no use for a header.
 *
 * @param length the header, {@link VnetHeaderLength#NONE} for none
 * @param offloads what the device may leave undone
 * @param optional whether the port is opened without a header if it cannot be opened with it
 */
record PortHeader(VnetHeaderLength length, VirtioNetOffloads offloads, boolean optional) {
    /** What the options say, or else the port. */
    static PortHeader of(FramePort port, PortOptions options) {
        VnetHeaderLength length = options.vnetHeader() != null ? options.vnetHeader()
            : (VnetHeaderLength) port.options().getOrDefault(FrameChannelOption.VNET_HEADER, VnetHeaderLength.NONE);
        VirtioNetOffloads offloads = options.offloads() != null ? options.offloads()
            : (VirtioNetOffloads) port.options().getOrDefault(FrameChannelOption.OFFLOADS,
                length == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL);
        return new PortHeader(length, offloads, options.isVnetHeaderIfAvailable());
    }

    /** The same port without a header. */
    PortHeader without() {
        return new PortHeader(VnetHeaderLength.NONE, VirtioNetOffloads.NONE, false);
    }
}
