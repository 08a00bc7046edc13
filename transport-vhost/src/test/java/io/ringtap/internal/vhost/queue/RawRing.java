/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.BufferMemory;
import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ring into which a test writes octet by octet what a driver would, or what none would, and behind it 64 KiB of
 * memory for tables and frames.
 */
final class RawRing {
    static final long ADDRESS = 0x4000_0000L;
    static final int SIZE = 8;
    static final int DATA = 4096;
    static final int BYTES = DATA + 65536;
    private static final int DRIVER_AREA = 1024;
    private static final int DEVICE_AREA = 2048;

    final boolean packed;
    final ByteBuffer bytes;
    final QueueRing ring;
    final VirtqueueDevice device;
    private int next;

    RawRing(boolean packed, boolean indirect) {
        this(new QueueFeatures(packed, indirect, false, false), SIZE);
    }

    RawRing(QueueFeatures features, int size) {
        packed = features.packed();
        bytes = ByteBuffer.allocateDirect(BYTES + 64).alignedSlice(64).order(ByteOrder.LITTLE_ENDIAN);
        ring = QueueRing.at(size, packed, place(0), place(DRIVER_AREA), place(DEVICE_AREA), ADDRESS);
        bytes.limit(BYTES);
        device = VirtqueueDevice.of(ring, features, new BufferMemory(bytes.slice(0, BYTES), ADDRESS),
            packed ? 1 << 15 : 0);
    }

    private MemoryPlace place(int offset) {
        MemoryPlace place = new MemoryPlace();
        place.set(bytes, offset);
        return place;
    }

    /** The guest address of a place in the memory for data. */
    static long data(int offset) {
        return ADDRESS + DATA + offset;
    }

    /** Writes a descriptor of the ring; of a packed one the next word is its id. */
    RawRing descriptor(int index, long address, int length, int flags, int next) {
        write(index * 16, address, length, packed ? flags | 1 << 7 : flags, next);
        return this;
    }

    /** Writes a descriptor of a table in the memory for data. */
    RawRing inTable(int offset, int index, long address, int length, int flags, int next) {
        write(DATA + offset + index * 16, address, length, flags, next);
        return this;
    }

    private void write(int at, long address, int length, int flags, int next) {
        bytes.putLong(at, address).putInt(at + 8, length);
        bytes.putShort(at + 12, (short) (packed ? next : flags)).putShort(at + 14, (short) (packed ? flags : next));
    }

    /** Makes chains available; in a packed ring they are already by their descriptors. */
    RawRing available(int... heads) {
        if (!packed) {
            for (int head : heads) {
                bytes.putShort(DRIVER_AREA + 4 + 2 * (next++ & ring.size() - 1), (short) head);
            }
            index(next);
        }
        return this;
    }

    /** Writes the index of the available ring. */
    RawRing index(int index) {
        bytes.putShort(DRIVER_AREA + 2, (short) index);
        return this;
    }

    int usedIndex() {
        return bytes.getShort(DEVICE_AREA + 2) & 0xffff;
    }
}
