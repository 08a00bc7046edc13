/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestNamespace;

import java.io.IOException;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.TreeMap;

/**
 * The features of an interface that the kernel reports, by their names in {@code ethtool -k}. They may differ from
 * those that were requested. Numbers from {@code linux/ethtool.h}.
 */
final class InterfaceFeatures {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GSTRINGS = 0x1b;
    private static final int ETHTOOL_GFEATURES = 0x3a;
    private static final int ETH_SS_FEATURES = 4;
    private static final int STRING = 32;
    private static final int MOST = 256;
    /** The fields of struct ethtool_get_features_block: available, requested, active, never_changed. */
    private static final int BLOCK = 16;
    private static final int ACTIVE = 8;

    private InterfaceFeatures() {
    }

    /** Whether each feature is active. */
    static Map<String, Boolean> of(TestNamespace namespace, String device) throws IOException {
        return NetworkNamespace.call(namespace.name(), () -> {
            int socket = SystemCalls.check("socket", SystemCalls.socket(AF_INET, SOCK_DGRAM, 0));
            try {
                NativeMemory names = NativeMemory.allocate(12 + MOST * STRING);
                names.buffer().putInt(4, ETH_SS_FEATURES);
                ask(socket, device, ETHTOOL_GSTRINGS, names);
                int count = names.buffer().getInt(8);
                int blocks = (count + 31) / 32;
                NativeMemory bits = NativeMemory.allocate(8 + blocks * BLOCK);
                bits.buffer().putInt(4, blocks);
                ask(socket, device, ETHTOOL_GFEATURES, bits);
                Map<String, Boolean> features = new TreeMap<>();
                for (int i = 0; i < count; i++) {
                    int active = bits.buffer().getInt(8 + i / 32 * BLOCK + ACTIVE);
                    features.put(names.getCString(12 + i * STRING, STRING), (active >> i % 32 & 1) != 0);
                }
                return features;
            } finally {
                SystemCalls.close(socket);
            }
        });
    }

    private static void ask(int socket, String device, int command, NativeMemory data) throws IOException {
        NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        request.putCString(0, device);
        data.buffer().putInt(0, command);
        request.buffer().putLong(16, data.address());
        try {
            SystemCalls.check("ioctl(SIOCETHTOOL)", SystemCalls.ioctl(socket, SIOCETHTOOL, request));
        } finally {
            // The request points at the data.
            Reference.reachabilityFence(data);
        }
    }
}
