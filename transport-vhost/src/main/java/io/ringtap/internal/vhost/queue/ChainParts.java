/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The parts of chains, in order: what {@link VirtqueueDevice#take} fills. A circle of fixed capacity, in which a part
 * has a number that counts up; parts are dropped from either end.
 */
final class ChainParts {
    private final int mask;
    private final ByteBuffer[] windows;
    private final int[] offsets;
    private final int[] lengths;
    private final long[] addresses;
    private int first;
    private int next;

    /**
     * Makes room.
     *
     * @param capacity a power of two
     */
    ChainParts(int capacity) {
        mask = capacity - 1;
        windows = new ByteBuffer[capacity];
        offsets = new int[capacity];
        lengths = new int[capacity];
        addresses = new long[capacity];
    }

    /** Whether a chain of any allowed length finds room. */
    boolean hasRoomForChain() {
        return next - first + VirtqueueDevice.MAX_PARTS <= windows.length;
    }

    /** The number of the first part that is not dropped. */
    int first() {
        return first;
    }

    /** The number of the next part. */
    int next() {
        return next;
    }

    void add(MemoryPlace place, long address, int length) {
        int at = next++ & mask;
        if (windows[at] != place.window()) {
            // Mostly it is the same, and a reference that is stored costs the collector some work.
            windows[at] = place.window();
        }
        offsets[at] = place.offset();
        lengths[at] = length;
        addresses[at] = address;
    }

    /** Drops the parts from a number on. */
    void truncate(int from) {
        next = from;
    }

    /** Drops the parts before a number. */
    void dropBefore(int number) {
        first = number;
    }

    /** Drops all parts, and forgets the memory that they were in. */
    void clear() {
        Arrays.fill(windows, null);
        first = next;
    }

    ByteBuffer window(int part) {
        return windows[part & mask];
    }

    int offset(int part) {
        return offsets[part & mask];
    }

    int length(int part) {
        return lengths[part & mask];
    }

    /** The guest address of its first byte. */
    long address(int part) {
        return addresses[part & mask];
    }
}
