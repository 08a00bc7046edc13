/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;

import java.util.List;

/** Makes bridges for tests. */
final class TestBridges {
    private TestBridges() {
    }

    /** A bridge that remembers 64 stations, and is not open yet. */
    static Bridge of(List<FramePort> ports, BridgeListener listener) {
        BridgeBuilder builder = Bridge.builder().maxStations(64).listener(listener);
        ports.forEach(port -> builder.port(port, PortOptions.DEFAULT));
        return builder.build();
    }
}
