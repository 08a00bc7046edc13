/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameDirection;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds out what the ports of a bridge have dropped since the last look. One thread. */
final class DropWatch {
    private final Told told;
    private Map<BridgePort, long[]> before = new HashMap<>();

    /** Is told of drops. */
    interface Told {
        void dropped(BridgePort port, FrameDirection direction, DropReason reason, long count);
    }

    DropWatch(Told told) {
        this.told = told;
    }

    void look(List<BridgePort> ports) {
        Map<BridgePort, long[]> seen = new HashMap<>();
        for (BridgePort port : ports) {
            DropReason[] reasons = DropReason.values();
            long[] counts = new long[2 * reasons.length];
            long[] last = before.getOrDefault(port, new long[counts.length]);
            for (DropReason reason : reasons) {
                int at = reason.ordinal();
                counts[at] = port.rxDrops(reason);
                counts[at + reasons.length] = port.txDrops(reason);
                tell(port, FrameDirection.INBOUND, reason, counts[at] - last[at]);
                tell(port, FrameDirection.OUTBOUND, reason, counts[at + reasons.length] - last[at + reasons.length]);
            }
            seen.put(port, counts);
        }
        before = seen;
    }

    private void tell(BridgePort port, FrameDirection direction, DropReason reason, long count) {
        if (count > 0) {
            told.dropped(port, direction, reason, count);
        }
    }
}
