/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.Map;
import java.util.Set;

/**
 * What a port of the bridge is opened with, by its keys {@code vnet=}, {@code offloads=} and {@code gro=}.
 *
 * <p>{@code vnet=auto} takes a header of 12 bytes and all offloads where the port has them, and does without where
 * not. It is faster, and as correct, but not what a port without the key gets: that one is plain, as everywhere else in
 * Ringtap, so that what a capture, a filter or a fault sees there are the frames of the wire, with their checksums. A
 * port with a header gets all offloads unless {@code offloads=} says else, since without any it has no use for one.
 *
 * @param length the header, {@link VnetHeaderLength#NONE} for none
 * @param offloads what the device may leave undone
 * @param optional whether the port is opened without a header if it cannot be opened with it
 * @param coalesces whether received segments are joined to super-frames
 */
record PortHeader(VnetHeaderLength length, VirtioNetOffloads offloads, boolean optional, boolean coalesces) {
    static final String VNET = "vnet";
    static final String GRO = "gro";
    /** What {@link io.ringtap.channel.FramePorts#parse} has to leave to {@link #of}. */
    static final Set<String> KEYS = Set.of(VNET, GRO);

    private static final String LENGTHS = "auto|0|10|12|20|24";

    /**
     * Reads the keys of a port.
     *
     * @throws PortSyntaxException if a value is wrong
     */
    static PortHeader of(FramePort port) {
        Map<String, String> keys = port.others();
        String gro = keys.getOrDefault(GRO, "off");
        if (!gro.equals("on") && !gro.equals("off")) {
            throw wrong(port, GRO, gro, "on|off");
        }
        String vnet = keys.get(VNET);
        boolean auto = "auto".equals(vnet);
        VnetHeaderLength length = auto ? VnetHeaderLength.MERGEABLE
            : vnet != null ? length(port, vnet)
            : (VnetHeaderLength) port.options().getOrDefault(FrameChannelOption.VNET_HEADER, VnetHeaderLength.NONE);
        VirtioNetOffloads offloads = (VirtioNetOffloads) port.options().getOrDefault(FrameChannelOption.OFFLOADS,
            length == VnetHeaderLength.NONE ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL);
        return new PortHeader(length, offloads, auto, gro.equals("on"));
    }

    private static VnetHeaderLength length(FramePort port, String text) {
        try {
            return VnetHeaderLength.ofBytes(Integer.parseInt(text));
        } catch (IllegalArgumentException e) {
            throw wrong(port, VNET, text, LENGTHS);
        }
    }

    private static PortSyntaxException wrong(FramePort port, String key, String value, String expected) {
        int at = port.text().indexOf(',' + key + '=') + key.length() + 2;
        return new PortSyntaxException(port.text(), at,
            "'" + value + "' is no value for " + key + ": expected " + expected);
    }

    /** The same port without a header. */
    PortHeader without() {
        return new PortHeader(VnetHeaderLength.NONE, VirtioNetOffloads.NONE, false, coalesces);
    }
}
