/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBufAllocator;
import io.ringtap.loop.Operations;

/** Numbered {@link RecycledBuf}s of one size, made when first needed. On the channel's event loop. */
final class RecycledBufs {
    /** As many as a read round hands out. Most rounds use the first few, as each round begins at the front again. */
    private static final int COUNT = Operations.SLOTS;

    private RecycledBuf[] buffers = {};
    private ByteBufAllocator allocator;
    private int capacity;
    private int next;

    /**
     * Sees to it that each buffer has this much room. Those that had less are retired.
     *
     * @return whether there were too small ones
     */
    boolean prepare(ByteBufAllocator from, int room) {
        allocator = from;
        if (room <= capacity) {
            return false;
        }
        retire();
        capacity = room;
        buffers = new RecycledBuf[COUNT];
        return true;
    }

    int capacity() {
        return capacity;
    }

    RecycledBuf get(int slot) {
        return buffers[slot];
    }

    /** Lets {@link #takeNext} begin at the front again. */
    void rewind() {
        next = 0;
    }

    /** Takes the next free buffer, and returns its number, or -1 if there is none up to the end. */
    int takeNext() {
        while (next < buffers.length) {
            int slot = next++;
            RecycledBuf buf = buffers[slot];
            if (buf == null || buf.isGone()) {
                buf = buffers[slot] = RecycledBuf.allocate(allocator, capacity);
            }
            if (buf.tryTake()) {
                return slot;
            }
        }
        return -1;
    }

    /** Gives up every buffer. */
    void retire() {
        for (RecycledBuf buf : buffers) {
            if (buf != null) {
                buf.retire();
            }
        }
        buffers = new RecycledBuf[0];
        capacity = 0;
        next = 0;
    }
}
