/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Guest memory of one region that is one direct buffer: the memory of a driver of this process. */
public final class BufferMemory implements GuestMemory {
    private final ByteBuffer window;
    private final long start;

    /**
     * All of a buffer as a region.
     *
     * @param start the address of its first byte
     */
    public BufferMemory(ByteBuffer buffer, long start) {
        window = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        window.clear();
        this.start = start;
    }

    @Override
    public boolean locate(long address, int length, MemoryPlace into) {
        // An address below the start wraps round to a negative distance, or to one behind the end.
        long distance = address - start;
        if (distance < 0 || length < 0 || distance > window.capacity() - length) {
            return false;
        }
        into.set(window, (int) distance);
        return true;
    }
}
