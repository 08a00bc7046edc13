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
 * The offloads of a network interface that do not work with netmap. With them the network stack or the card makes
 * frames that are longer than a buffer, or leaves checksums incomplete, and netmap drops or forwards such frames as
 * they are.
 * Linux tells them by ethtool(8), FreeBSD by the capabilities that ifconfig(8) shows.
 */
public final class NicOffloads {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int IFR_NAME_SIZE = 16;
    private static final int IFR_VALUE = 16;

    private static final int LINUX_IFREQ_SIZE = 40;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_VALUE_SIZE = 8;
    private static final int ETHTOOL_DATA = 4;

    private static final int FREEBSD_IFREQ_SIZE = 32;
    private static final long SIOCGIFCAP = 0xc020_691fL;
    /** {@code ifr_curcap}, behind {@code ifr_reqcap}. */
    private static final int IFR_CURCAP = 20;

    /**
     * The names are those of {@code ethtool -K}; the numbers are ETHTOOL_GTSO, ETHTOOL_GGSO, ETHTOOL_GGRO and, in the
     * result of ETHTOOL_GFLAGS, ETH_FLAG_LRO.
     */
    private enum Ethtool {
        tso(0x1e, 1), gso(0x23, 1), gro(0x2b, 1), lro(0x25, 0x8000);

        final int command;
        final int mask;

        Ethtool(int command, int mask) {
            this.command = command;
            this.mask = mask;
        }
    }

    /** The names are those of ifconfig(8); the numbers are of IFCAP_ of {@code net/if.h}. */
    private enum Capability {
        txcsum(0x2), tso4(0x100), tso6(0x200), lro(0x400), txcsum6(0x40_0000);

        final int mask;

        Capability(int mask) {
            this.mask = mask;
        }
    }

    private NicOffloads() {
    }

    /** The names of the offloads that are on; empty if the system or the driver does not tell. */
    static List<String> enabled(String interfaceName) {
        boolean told = OperatingSystem.isLinux() || OperatingSystem.isFreeBsd();
        int socket = told && interfaceName.length() < IFR_NAME_SIZE
            ? SystemCalls.socket(AF_INET, SOCK_DGRAM, 0) : -1;
        if (socket < 0) {
            return List.of();
        }
        try {
            return OperatingSystem.isLinux() ? byEthtool(socket, interfaceName)
                : byCapabilities(socket, interfaceName);
        } finally {
            SystemCalls.close(socket);
        }
    }

    private static List<String> byEthtool(int socket, String interfaceName) {
        List<String> enabled = new ArrayList<>();
        NativeMemory request = NativeMemory.allocate(LINUX_IFREQ_SIZE);
        // It is read after each call, and so stays reachable while the kernel writes it.
        NativeMemory value = NativeMemory.allocate(ETHTOOL_VALUE_SIZE);
        request.putCString(0, interfaceName);
        request.buffer().putLong(IFR_VALUE, value.address());
        for (Ethtool offload : Ethtool.values()) {
            value.buffer().putInt(0, offload.command);
            if (SystemCalls.ioctl(socket, SIOCETHTOOL, request) >= 0
                && (value.buffer().getInt(ETHTOOL_DATA) & offload.mask) != 0) {
                enabled.add(offload.name());
            }
        }
        return enabled;
    }

    private static List<String> byCapabilities(int socket, String interfaceName) {
        List<String> enabled = new ArrayList<>();
        NativeMemory request = NativeMemory.allocate(FREEBSD_IFREQ_SIZE);
        request.putCString(0, interfaceName);
        int capabilities = SystemCalls.ioctl(socket, SIOCGIFCAP, request) < 0 ? 0
            : request.buffer().getInt(IFR_CURCAP);
        for (Capability capability : Capability.values()) {
            if ((capabilities & capability.mask) != 0) {
                enabled.add(capability.name());
            }
        }
        return enabled;
    }

    /** A warning about the offloads that are on, with the command that turns them off; {@code null} if none is on. */
    public static String warning(String interfaceName) {
        List<String> enabled = enabled(interfaceName);
        if (enabled.isEmpty()) {
            return null;
        }
        String command = OperatingSystem.isLinux()
            ? "ethtool -K " + interfaceName + " tx off " + String.join(" off ", enabled) + " off"
            : "ifconfig " + interfaceName + " -" + String.join(" -", enabled);
        return interfaceName + " has " + String.join(", ", enabled) + " on, which netmap does not support: such frames "
            + "are lost silently; turn them off with '" + command + "'";
    }
}
