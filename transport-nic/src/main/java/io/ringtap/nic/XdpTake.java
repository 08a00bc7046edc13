/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.nic.xdp.TakenFrames;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which frames an {@link XdpChannel} takes from the host; the host goes on receiving all others. Immutable. */
public final class XdpTake {
    /** All frames of the queue. */
    public static final XdpTake ALL = new XdpTake(TakenFrames.ALL);

    private static final String ALL_NAME = "all";
    private static final String UDP = "udp:";
    private static final String EXPECTED = "all, or one or more of 0xETHERTYPE and udp:PORT, joined by +";

    private final TakenFrames frames;

    private XdpTake(TakenFrames frames) {
        this.frames = frames;
    }

    /**
     * Takes frames of EtherTypes, and packets to UDP ports.
     *
     * @param etherTypes 0x0600 to 0xffff, as they follow the two addresses: a frame with a VLAN tag has that of the tag
     * @param udpPorts destination ports, 1 to 65535, of IPv4 and IPv6 without a VLAN tag; of a fragmented packet, the
     *     first fragment alone has ports
     * @throws IllegalArgumentException if there is none, or one is out of range
     */
    public static XdpTake only(Set<Integer> etherTypes, Set<Integer> udpPorts) {
        if (etherTypes.isEmpty() && udpPorts.isEmpty()) {
            throw new IllegalArgumentException("no frame would be taken: name an EtherType or a port");
        }
        etherTypes.forEach(type -> require(type >= 0x600 && type <= 0xffff, "the EtherType", Integer.toHexString(type),
            "600 to ffff"));
        udpPorts.forEach(port -> require(port >= 1 && port <= 0xffff, "the UDP port", port.toString(), "1 to 65535"));
        return new XdpTake(new TakenFrames(Set.copyOf(etherTypes), Set.copyOf(udpPorts)));
    }

    private static void require(boolean valid, String what, String value, String range) {
        if (!valid) {
            throw new IllegalArgumentException(what + ' ' + value + " is out of range: " + range);
        }
    }

    /**
     * Reads what {@link #toString} has written, such as {@code 0x88cc+udp:4789}.
     *
     * @throws IllegalArgumentException if it says no frames
     */
    public static XdpTake parse(String text) {
        if (text.equals(ALL_NAME)) {
            return ALL;
        }
        Set<Integer> types = new TreeSet<>();
        Set<Integer> ports = new TreeSet<>();
        for (String part : text.split("\\+", -1)) {
            try {
                if (part.startsWith(UDP)) {
                    ports.add(Integer.parseInt(part.substring(UDP.length())));
                } else {
                    require(part.startsWith("0x"), "the part", part, EXPECTED);
                    types.add(Integer.parseInt(part.substring(2), 16));
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("\"" + part + "\" has no number: expected " + EXPECTED, e);
            }
        }
        return only(types, ports);
    }

    TakenFrames frames() {
        return frames;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof XdpTake other && frames.equals(other.frames);
    }

    @Override
    public int hashCode() {
        return frames.hashCode();
    }

    /** As a port says it: {@code all}, or parts such as {@code 0x88cc+udp:4789}. */
    @Override
    public String toString() {
        return frames.isAll() ? ALL_NAME : Stream.concat(
            frames.etherTypes().stream().sorted().map(type -> String.format("0x%04x", type)),
            frames.udpPorts().stream().sorted().map(port -> UDP + port)).collect(Collectors.joining("+"));
    }
}
