/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The ports that this JVM has open, for messages and {@link io.ringtap.netmap.Netmap#pinnedPorts()}. Any thread. */
public final class OpenPorts {
    private static final Collection<NetmapPort> OPEN = ConcurrentHashMap.newKeySet();

    private OpenPorts() {
    }

    static void add(NetmapPort port) {
        OPEN.add(port);
    }

    static void remove(NetmapPort port) {
        OPEN.remove(port);
    }

    /** Ports whose channel is closed and which stay open until the buffers they lent are released, by name. */
    public static List<String> pinned() {
        return OPEN.stream().filter(NetmapPort::isPinned).map(NetmapPort::toString).sorted().toList();
    }

    /** Whether a closed channel still has a port of this name open. */
    public static boolean isPinned(NetmapDriver driver, NetmapAddress address) {
        return OPEN.stream().anyMatch(port -> port.isPinned() && isOf(port, driver, address));
    }

    /**
     * The users of this JVM that have rings open which an address asks for; empty if there are none, or they are not
     * known.
     */
    public static List<String> holders(NetmapDriver driver, NetmapAddress address) {
        return OPEN.stream().filter(port -> !port.isPinned() && isOf(port, driver, address)
            && overlap(port.address(), address) && port.holder() != null).map(port -> port.holder().toString())
            .sorted().toList();
    }

    private static boolean isOf(NetmapPort port, NetmapDriver driver, NetmapAddress address) {
        return port.driver() == driver && port.address().portName().equals(address.portName());
    }

    /** Whether two addresses of one port ask for the same ring. Monitors have rings of their own. */
    static boolean overlap(NetmapAddress one, NetmapAddress other) {
        boolean opposite = receivesOnly(one) && sendsOnly(other) || sendsOnly(one) && receivesOnly(other);
        return !one.isMonitor() && !other.isMonitor() && !opposite
            && NetmapIdentity.namesSameRing(one, other);
    }

    private static boolean receivesOnly(NetmapAddress address) {
        return (address.flags() & Register.RX_RINGS_ONLY) != 0;
    }

    private static boolean sendsOnly(NetmapAddress address) {
        return (address.flags() & Register.TX_RINGS_ONLY) != 0;
    }
}
