/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The offloads that TUNSETOFFLOAD has set on a tap, read back from the features of its interface, as the tun driver
 * itself does not report them. Numbers and names from {@code linux/ethtool.h} and {@code net/ethtool/common.c}.
 */
final class TunOffloads {
    private static final int SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GSTRINGS = 0x1b;
    private static final int ETHTOOL_GFEATURES = 0x3a;
    private static final int ETH_SS_FEATURES = 4;
    /** struct ethtool_gstrings: command, set, length, and strings of 32 octets. */
    private static final int GSTRINGS_SET = 4;
    private static final int GSTRINGS_COUNT = 8;
    private static final int GSTRINGS_DATA = 12;
    private static final int STRING = 32;
    private static final int MOST_FEATURES = 512;
    /** struct ethtool_gfeatures: command, blocks, and of each block available, requested, active and never_changed. */
    private static final int GFEATURES_BLOCKS = 4;
    private static final int GFEATURES_DATA = 8;
    private static final int BLOCK = 16;
    private static final int REQUESTED = 4;
    private static final int IFREQ_DATA = 16;

    private static final Map<String, VirtioNetOffloads> FEATURES = features();

    private TunOffloads() {
    }

    private static Map<String, VirtioNetOffloads> features() {
        Map<String, VirtioNetOffloads> map = new LinkedHashMap<>();
        map.put("tx-checksum-ip-generic", VirtioNetOffloads.of(VirtioNetOffload.CSUM));
        map.put("tx-tcp-segmentation", VirtioNetOffloads.of(VirtioNetOffload.TSO4));
        map.put("tx-tcp6-segmentation", VirtioNetOffloads.of(VirtioNetOffload.TSO6));
        map.put("tx-tcp-ecn-segmentation", VirtioNetOffloads.of(VirtioNetOffload.ECN));
        map.put("tx-udp-segmentation", VirtioNetOffloads.of(VirtioNetOffload.USO4, VirtioNetOffload.USO6));
        return map;
    }

    /**
     * Reads them. UFO is never among them: the driver accepts it and does nothing.
     *
     * @param socket of the interface's network namespace
     * @param name the interface's name
     */
    static VirtioNetOffloads of(int socket, String name) throws IOException {
        NativeMemory names = NativeMemory.allocate(GSTRINGS_DATA + MOST_FEATURES * STRING);
        NativeMemory bits = NativeMemory.allocate(GFEATURES_DATA + MOST_FEATURES / Integer.SIZE * BLOCK);
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        try {
            request.putCString(0, name);
            names.buffer().putInt(GSTRINGS_SET, ETH_SS_FEATURES);
            ask(socket, request, ETHTOOL_GSTRINGS, names);
            int count = Math.min(MOST_FEATURES, names.buffer().getInt(GSTRINGS_COUNT));
            bits.buffer().putInt(GFEATURES_BLOCKS, (count + Integer.SIZE - 1) / Integer.SIZE);
            ask(socket, request, ETHTOOL_GFEATURES, bits);
            VirtioNetOffloads set = VirtioNetOffloads.NONE;
            for (int i = 0; i < count; i++) {
                int block = bits.buffer().getInt(GFEATURES_DATA + i / Integer.SIZE * BLOCK + REQUESTED);
                VirtioNetOffloads offloads = FEATURES.get(names.getCString(GSTRINGS_DATA + i * STRING, STRING));
                if (offloads != null && (block >> i % Integer.SIZE & 1) != 0) {
                    set = set.or(offloads);
                }
            }
            return set;
        } finally {
            names.free();
            bits.free();
            request.free();
        }
    }

    private static void ask(int socket, NativeMemory request, int command, NativeMemory data) throws IOException {
        data.buffer().putInt(0, command);
        request.buffer().putLong(IFREQ_DATA, data.address());
        SystemCalls.check("ioctl(SIOCETHTOOL, " + command + ")",
            SystemCalls.ioctl(socket, SIOCETHTOOL, request));
    }
}
