/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The memory that a driver shares with its device: rings, tables of descriptors and buffers, which are laid out one
 * behind the other and never given back singly. Used by one thread.
 */
public final class DriverMemory {
    /** The largest alignment that anything in it has. */
    public static final int ALIGNMENT = 64;

    private final ByteBuffer bytes;
    private final long address;
    private int used;

    /**
     * Lays out a buffer of zeroes.
     *
     * @param memory direct, and as large as {@link DriverQueueLayout} says for each queue; its first byte is aligned
     * @param address by which the device knows its first byte, aligned to {@value #ALIGNMENT}
     */
    public DriverMemory(ByteBuffer memory, long address) {
        if (memory.alignmentOffset(0, ALIGNMENT) != 0 || address % ALIGNMENT != 0) {
            throw new IllegalArgumentException("the memory of a driver is not aligned to " + ALIGNMENT + " bytes");
        }
        bytes = memory.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
        this.address = address;
    }

    /** So many bytes, rounded up to what an allocation takes. */
    static long rounded(long size) {
        return size + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /**
     * Sets some memory apart.
     *
     * @return where it begins
     * @throws IllegalArgumentException if there is not so much left
     */
    int allocate(int size) {
        long end = used + rounded(size);
        if (end > bytes.capacity()) {
            throw new IllegalArgumentException("a driver needs " + end + " bytes and has " + bytes.capacity());
        }
        int at = used;
        used = (int) end;
        return at;
    }

    /** The address by which the device knows a byte. */
    long address(int offset) {
        return address + offset;
    }

    /** All of it; its position and limit may be set for a copy, and the limit is then set back to the capacity. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** Has a place say where a piece of it lies. */
    MemoryPlace place(int offset) {
        MemoryPlace place = new MemoryPlace();
        place.set(bytes, offset);
        return place;
    }
}
