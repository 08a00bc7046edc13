/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import java.util.List;

/**
 * All the memory of a guest that a front end shares.
 *
 * @param regions {@value #MOST_REGIONS} at most, each with a descriptor that comes along
 */
public record MemoryTable(List<MemoryRegion> regions) implements VhostPayload {
    /** So many descriptors a message may have. */
    public static final int MOST_REGIONS = 8;

    /** Copies the list. */
    public MemoryTable {
        regions = List.copyOf(regions);
    }

    @Override
    public PayloadForm form() {
        return PayloadForm.MEMORY_TABLE;
    }
}
