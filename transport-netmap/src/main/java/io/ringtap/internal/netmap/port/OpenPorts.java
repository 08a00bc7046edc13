/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** The ports of this JVM that outlive their channels. Any thread. */
public final class OpenPorts {
    private static final Collection<NetmapPort> PINNED = ConcurrentHashMap.newKeySet();

    private OpenPorts() {
    }

    /** Ports whose channel is closed and which stay open until the buffers they lent are released, by name. */
    public static List<String> pinned() {
        return PINNED.stream().map(NetmapPort::toString).sorted().toList();
    }

    /** Whether a closed channel still has a port of this name open. */
    public static boolean isPinned(NetmapDriver driver, NetmapAddress address) {
        return PINNED.stream().anyMatch(port -> port.driver() == driver
            && port.address().portName().equals(address.portName()));
    }

    /** The channel of a port is closed, and buffers of it are still lent. */
    public static void pin(NetmapPort port) {
        PINNED.add(port);
    }

    /** The last of them is back. */
    public static void unpin(NetmapPort port) {
        PINNED.remove(port);
    }
}
