/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.channel.PortIdentity;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;

/**
 * A netmap port, or some of its rings.
 *
 * @param address the port and its rings
 * @param driver the netmap that has the port
 */
public record NetmapIdentity(NetmapAddress address, NetmapDriver driver) implements PortIdentity {
    private static final int NO_RING = -1;
    private static final int ALL_RINGS = -2;

    /**
     * The identity of a port.
     *
     * @param chosen the netmap that its options ask for, or {@code null} for the one that would be used
     */
    public static NetmapIdentity of(NetmapAddress address, NetmapDriver chosen) {
        return new NetmapIdentity(address, DriverChoice.of(address, chosen));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        return other instanceof NetmapIdentity netmap && driver == netmap.driver
            && address.portName().equals(netmap.address.portName()) && address.isVale() == netmap.address.isVale()
            && sharesRings(address, netmap.address);
    }

    /** Whether both have a ring in common. A monitor has rings of its own, which show the frames of another port. */
    private static boolean sharesRings(NetmapAddress one, NetmapAddress other) {
        return one.isMonitor() || other.isMonitor() ? one.flags() == other.flags() : namesSameRing(one, other);
    }

    /** Whether there is a ring that both addresses of a port name. */
    static boolean namesSameRing(NetmapAddress one, NetmapAddress other) {
        return meet(cardRings(one), cardRings(other)) || meet(hostRings(one), hostRings(other));
    }

    private static int cardRings(NetmapAddress address) {
        return switch (address.mode()) {
            case HOST, ONE_HOST -> NO_RING;
            case ONE_NIC -> address.ring();
            default -> ALL_RINGS;
        };
    }

    private static int hostRings(NetmapAddress address) {
        return switch (address.mode()) {
            case HOST, NIC_AND_HOST -> ALL_RINGS;
            case ONE_HOST -> address.ring();
            default -> NO_RING;
        };
    }

    private static boolean meet(int one, int other) {
        return one != NO_RING && other != NO_RING && (one == other || one == ALL_RINGS || other == ALL_RINGS);
    }
}
