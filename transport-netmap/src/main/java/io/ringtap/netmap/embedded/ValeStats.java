/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import java.util.Map;

/**
 * What a switch has done so far. A frame that is flooded is one frame and as many copies as there are other ports;
 * every copy, and every frame that led to none, is either delivered or counted as a drop. A super-frame that is cut for
 * its receiver is one copy.
 *
 * @param frames frames that ports have sent
 * @param delivered copies put into receive rings
 * @param drops copies, or frames without any, that were not, by reason; every reason is there
 */
public record ValeStats(long frames, long delivered, Map<ValeDrop, Long> drops) {
    /** The sum over all reasons. */
    public long dropped() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }
}
