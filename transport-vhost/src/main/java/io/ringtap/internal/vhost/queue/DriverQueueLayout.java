/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

/**
 * How much memory a driver has for one queue.
 *
 * @param size entries of its ring, and buffers
 * @param bufferBytes bytes of each buffer, the vnet header included
 */
public record DriverQueueLayout(int size, int bufferBytes) {
    /** Descriptors of the table of one chain: the longest frame in such buffers. */
    int tableEntries() {
        return Math.min(VirtqueueDevice.MAX_PARTS, (12 + NetHeader.LONGEST + bufferBytes - 1) / bufferBytes);
    }

    /** Bytes of {@link DriverMemory} for such a queue. */
    public long bytes(QueueFeatures features) {
        boolean packed = features.packed();
        return DriverMemory.rounded(QueueRing.descriptorBytes(size))
            + DriverMemory.rounded(QueueRing.driverBytes(size, packed))
            + DriverMemory.rounded(QueueRing.deviceBytes(size, packed))
            + (features.indirect() ? DriverMemory.rounded((long) size * tableEntries() * RingWords.DESCRIPTOR) : 0)
            + DriverMemory.rounded((long) size * bufferBytes);
    }
}
