/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * The vnet header that a port is opened with. A port that nobody gives one is plain, as everywhere else in Ringtap, so
 * that what a capture, a filter or a fault sees there are the frames of the wire, with their checksums. A port with a
 * header gets all offloads unless its options say otherwise, since without any it has no use for a header.
 *
 * @param lengths the headers, the preferred one first; {@link VnetHeaderLength#NONE} for none
 * @param offloads what the device may leave undone
 */
record PortHeader(List<VnetHeaderLength> lengths, VirtioNetOffloads offloads) {
    private static final List<VnetHeaderLength> PLAIN = List.of(VnetHeaderLength.NONE);

    /** What stands behind the port's name, or else what the options say. */
    @SuppressWarnings("unchecked")
    static PortHeader of(FramePort port, PortOptions options) {
        List<VnetHeaderLength> lengths = (List<VnetHeaderLength>) port.options().get(FrameChannelOption.VNET_HEADERS);
        if (lengths == null) {
            lengths = options.vnetHeaders() == null ? PLAIN : options.vnetHeaders();
        }
        VirtioNetOffloads offloads = (VirtioNetOffloads) port.options().get(FrameChannelOption.OFFLOADS);
        if (offloads == null) {
            offloads = options.offloads() != null ? options.offloads()
                : lengths.equals(PLAIN) ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        }
        return new PortHeader(lengths, offloads);
    }
}
