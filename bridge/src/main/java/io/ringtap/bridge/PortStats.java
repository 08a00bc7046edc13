/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.DeviceDrops;
import io.ringtap.ethernet.DropReason;
import io.ringtap.virtio.VirtioNetVerdict;

import java.util.Map;

/**
 * What has passed through a port since it was opened, at one moment. Of a port with several queues it is the sum. Bytes
 * include the port's vnet header, where it has one. Each counter is right; two of them may be a frame apart.
 *
 * @param name the name of the port
 * @param state what it is up to
 * @param rxFrames frames that its device has delivered
 * @param rxBytes bytes of these
 * @param txFrames frames that its device has taken
 * @param txBytes bytes of these
 * @param rxDrops frames received and dropped, by reason; reasons without a drop are not there
 * @param txDrops frames to be sent and dropped, by reason; reasons without a drop are not there
 * @param malformed frames among {@link DropReason#MALFORMED}, by what was wrong with their vnet header
 * @param reserved frames received and not passed on, as they are for a reserved group address
 * @param badSource frames received and not passed on, as they come from an address that no station has
 * @param repeated frames for groups that were received once more soon after, as they are where there is a loop
 * @param conditions what the port's faults and rates have done, by name: {@code fault dropped}; 0 if nothing yet
 * @param system what the operating system itself has dropped
 */
public record PortStats(String name, PortState state, long rxFrames, long rxBytes, long txFrames, long txBytes,
                        Map<DropReason, Long> rxDrops, Map<DropReason, Long> txDrops,
                        Map<VirtioNetVerdict, Long> malformed, long reserved, long badSource,
                        long repeated,
                        Map<String, Long> conditions, DeviceDrops system) {
    /** Copies the maps. */
    public PortStats {
        rxDrops = Map.copyOf(rxDrops);
        txDrops = Map.copyOf(txDrops);
        malformed = Map.copyOf(malformed);
        conditions = Map.copyOf(conditions);
    }
}
