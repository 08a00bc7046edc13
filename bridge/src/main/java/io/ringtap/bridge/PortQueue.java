/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.Channel;
import io.ringtap.channel.FrameChannel;

/**
 * One channel of a port.
 *
 * @param channel the channel
 * @param edge what stands between it and the bridge
 */
record PortQueue(FrameChannel channel, PortEdge edge) {
    boolean isOf(Channel other) {
        return channel == other;
    }
}
