/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The three areas of a virtqueue in this process, by the names that virtio 1.2 gives them in section 2.6.
 *
 * <pre>
 *                     split (2.7)                          packed (2.8)
 *   descriptor area   descriptor table, 16 bytes each      descriptor ring, 16 bytes each
 *   driver area       available ring, 6 + 2 bytes each     driver event suppression, 4 bytes
 *   device area       used ring, 6 + 8 bytes each          device event suppression, 4 bytes
 * </pre>
 *
 * @param size how many entries the queue has
 * @param descriptors the descriptor area: exactly its bytes, little-endian
 * @param driverArea likewise
 * @param deviceArea likewise
 * @param logAddress the guest address of what the device writes of the ring (the used ring of a split queue, the
 *     descriptor ring of a packed one), for a {@link io.ringtap.internal.vhost.memory.DirtyLog}
 */
public record QueueRing(int size, ByteBuffer descriptors, ByteBuffer driverArea, ByteBuffer deviceArea,
                        long logAddress) {
    /** The largest size of a queue. */
    public static final int MAX_SIZE = 32768;
    private static final int DESCRIPTOR = 16;

    /** Whether a queue of that kind can have so many entries: a split one has a power of two. */
    public static boolean isSize(int size, boolean packed) {
        return size > 0 && size <= MAX_SIZE && (packed || (size & size - 1) == 0);
    }

    /** Bytes of the descriptor area. */
    public static int descriptorBytes(int size) {
        return DESCRIPTOR * size;
    }

    /** Bytes of the driver area. */
    public static int driverBytes(int size, boolean packed) {
        return packed ? 4 : 6 + 2 * size;
    }

    /** Bytes of the device area. */
    public static int deviceBytes(int size, boolean packed) {
        return packed ? 4 : 6 + 8 * size;
    }

    /**
     * The ring at three places.
     *
     * @throws IllegalArgumentException if the size is not one, or an area is not aligned as virtio demands it; the
     *     message says which
     */
    public static QueueRing at(int size, boolean packed, MemoryPlace descriptors, MemoryPlace driverArea,
                               MemoryPlace deviceArea, long logAddress) {
        if (!isSize(size, packed)) {
            throw new IllegalArgumentException("a queue cannot have " + Integer.toUnsignedString(size) + " entries: "
                + (packed ? "1 to " : "a power of two up to ") + MAX_SIZE);
        }
        return new QueueRing(size, area("descriptor area", descriptors, descriptorBytes(size), DESCRIPTOR),
            area("driver area", driverArea, driverBytes(size, packed), packed ? 4 : 2),
            area("device area", deviceArea, deviceBytes(size, packed), 4), logAddress);
    }

    private static ByteBuffer area(String name, MemoryPlace place, int bytes, int alignment) {
        ByteBuffer window = place.window().duplicate().clear();
        if (window.alignmentOffset(place.offset(), alignment) != 0) {
            throw new IllegalArgumentException("the " + name + " of a queue is not aligned to " + alignment
                + " bytes");
        }
        return window.slice(place.offset(), bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
