/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.loop.Operations;
import io.ringtap.unix.NativeMemory;

/**
 * The memory of reads that are under way: numbered buffers used over and over, each lent to one read at a time. One is
 * free when no read has it and the last reference to it is this object's, as with {@link ReceiveBuffers}.
 */
final class ReceiveSlots {
    private static final int LARGE = 16 * 1024;
    private static final int LARGE_SLOTS = 32;

    private final boolean[] lent = new boolean[Operations.SLOTS];
    private final long[] addresses = new long[Operations.SLOTS];
    private ByteBuf[] buffers = {};
    private int capacity;

    /** Sees to it that each buffer has this much room. No read may be under way. */
    void prepare(ByteBufAllocator allocator, int room) {
        if (room > capacity) {
            releaseIdle();
            capacity = room;
            buffers = new ByteBuf[room > LARGE ? LARGE_SLOTS : Operations.SLOTS];
            for (int slot = 0; slot < buffers.length; slot++) {
                buffers[slot] = ReceiveBuffers.direct(allocator, room);
                addresses[slot] = NativeMemory.addressOf(buffers[slot], 0, room);
            }
        }
    }

    /** The bytes a read may fill. */
    int room() {
        return capacity;
    }

    /** The first free slot from a number on, -1 if there is none. The low ones are the ones still in the cache. */
    int firstFree(int from) {
        for (int slot = from; slot < buffers.length; slot++) {
            if (!lent[slot] && buffers[slot].refCnt() == 1) {
                return slot;
            }
        }
        return -1;
    }

    long address(int slot) {
        return addresses[slot];
    }

    void lend(int slot) {
        lent[slot] = true;
    }

    /** The buffer of a read that has completed; it stays this object's. */
    ByteBuf takeBack(int slot) {
        lent[slot] = false;
        return buffers[slot];
    }

    /** Lets go of every buffer that no read has; to be called again when one is taken back. */
    void releaseIdle() {
        for (int slot = 0; slot < buffers.length; slot++) {
            if (!lent[slot] && buffers[slot] != null) {
                buffers[slot].release();
                buffers[slot] = null;
            }
        }
    }
}
