/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import java.util.Map;

/**
 * What a switch has done so far. A frame that is flooded counts as one frame and as one copy for each of the other
 * ports. Every copy, and every frame that led to no copy, is either delivered or counted as a drop. A super-frame that
 * is segmented for its receiver counts as one copy.
 *
 * @param frames frames that ports have sent
 * @param delivered copies that were put into receive rings
 * @param drops copies, or frames without any copy, that were not delivered, by reason; every reason is present
 */
public record ValeStats(long frames, long delivered, Map<ValeDrop, Long> drops) {
    /** The sum over all reasons. */
    public long dropped() {
        return drops.values().stream().mapToLong(Long::longValue).sum();
    }
}
