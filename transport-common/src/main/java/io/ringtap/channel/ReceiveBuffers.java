/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The memory that a channel receives into: a few buffers used over and over, so that they stay in the CPU's cache, and
 * never a fresh 64 KiB for each read.
 *
 * <p>When handlers keep frames for so long that no buffer is free, frames are read into a spare one and a frame that
 * fills less than half of it is copied out to memory of its own size, as drivers of network cards do (copy-break): a
 * queue of 60-byte frames then never pins a whole buffer for each.
 */
final class ReceiveBuffers {
    private final RecycledBufs slots = new RecycledBufs();
    private ByteBuf spare;
    private ByteBuf given;

    /** Starts a read round: the buffers at the front are tried first, as those are still in the cache. */
    void beginRound() {
        slots.rewind();
    }

    /** An empty buffer with room for {@code capacity} bytes; stays this object's until {@link #handOut}. */
    ByteBuf take(ByteBufAllocator allocator, int capacity) {
        if (slots.prepare(allocator, capacity)) {
            forgetGiven();
            releaseSpare();
        }
        if (given == null) {
            int slot = slots.takeNext();
            given = slot < 0 ? spare(allocator) : slots.get(slot);
        }
        return given.clear();
    }

    private ByteBuf spare(ByteBufAllocator allocator) {
        if (spare == null) {
            spare = RecycledBuf.direct(allocator, slots.capacity());
        }
        return spare;
    }

    /** Whether this is the buffer that {@link #take} gave last. */
    boolean owns(ByteBuf frame) {
        return frame == given;
    }

    /** Turns the buffer that {@link #take} gave, now filled, into what the pipeline gets and has to release. */
    ByteBuf handOut(ByteBufAllocator allocator) {
        ByteBuf filled = given;
        given = null;
        if (filled == spare) {
            int length = filled.readableBytes();
            if (length <= slots.capacity() >> 1) {
                return allocator.directBuffer(length, length).writeBytes(filled);
            }
            spare = null;
        }
        return filled;
    }

    /** Gives every buffer back; those that handlers still hold go when the handlers release them. */
    void release() {
        forgetGiven();
        releaseSpare();
        slots.retire();
    }

    private void forgetGiven() {
        if (given != null && given != spare) {
            given.release();
        }
        given = null;
    }

    private void releaseSpare() {
        if (spare != null) {
            spare.release();
            spare = null;
        }
    }
}
