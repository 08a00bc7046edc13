/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

import java.util.ArrayList;
import java.util.List;

/**
 * The offloads of a Linux network interface that do not work with netmap. With them the network stack or the card makes
 * frames that are longer than a buffer, or leaves checksums incomplete, and netmap drops such frames silently.
 */
public final class NicOffloads {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SIOCETHTOOL = 0x8946;
    private static final int IFREQ_SIZE = 40;
    private static final int IFR_NAME_SIZE = 16;
    private static final int IFR_DATA = 16;
    private static final int ETHTOOL_VALUE_SIZE = 8;
    private static final int ETHTOOL_DATA = 4;

    /**
     * The names are those of {@code ethtool -K}; the numbers are ETHTOOL_GTSO, ETHTOOL_GGSO, ETHTOOL_GGRO and, in the
     * result of ETHTOOL_GFLAGS, ETH_FLAG_LRO.
     */
    private enum Offload {
        tso(0x1e, 1), gso(0x23, 1), gro(0x2b, 1), lro(0x25, 0x8000);

        final int command;
        final int mask;

        Offload(int command, int mask) {
            this.command = command;
            this.mask = mask;
        }
    }

    private NicOffloads() {
    }

    /** The names of the offloads that are on; empty if the system or the driver does not tell. */
    static List<String> enabled(String interfaceName) {
        List<String> enabled = new ArrayList<>();
        int socket = OperatingSystem.isLinux() && interfaceName.length() < IFR_NAME_SIZE
            ? SystemCalls.socket(AF_INET, SOCK_DGRAM, 0) : -1;
        if (socket >= 0) {
            try {
                NativeMemory request = NativeMemory.allocate(IFREQ_SIZE);
                // It is read after each call, and so stays reachable while the kernel writes it.
                NativeMemory value = NativeMemory.allocate(ETHTOOL_VALUE_SIZE);
                request.putCString(0, interfaceName);
                request.buffer().putLong(IFR_DATA, value.address());
                for (Offload offload : Offload.values()) {
                    value.buffer().putInt(0, offload.command);
                    if (SystemCalls.ioctl(socket, SIOCETHTOOL, request) >= 0
                        && (value.buffer().getInt(ETHTOOL_DATA) & offload.mask) != 0) {
                        enabled.add(offload.name());
                    }
                }
            } finally {
                SystemCalls.close(socket);
            }
        }
        return enabled;
    }

    /** A warning about the offloads that are on, with the command that turns them off; {@code null} if none is on. */
    public static String warning(String interfaceName) {
        List<String> enabled = enabled(interfaceName);
        return enabled.isEmpty() ? null : interfaceName + " has " + String.join(", ", enabled)
            + " on, which netmap does not support: such frames are lost silently; turn them off with 'ethtool -K "
            + interfaceName + " tx off " + String.join(" off ", enabled) + " off'";
    }
}
