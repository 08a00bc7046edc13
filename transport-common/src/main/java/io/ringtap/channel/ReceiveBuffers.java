/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * The memory that a channel receives into: a few buffers used over and over, so that they stay in the CPU's cache,
 * and never a fresh 64 KiB for each read. The pipeline gets a retained duplicate; a buffer is free again when this
 * object holds the last reference, whoever released the others and on whichever thread.
 *
 * <p>When handlers keep frames for so long that no buffer is free, frames are read into a spare one and a frame that
 * fills less than half of it is copied out to memory of its own size, as drivers of network cards do (copy-break): a
 * queue of 60-byte frames then never pins a whole buffer for each.
 */
final class ReceiveBuffers {
    /** Small buffers are as many as a read round hands out, large ones as many as a second-level cache holds. */
    private static final int SMALL_SLOTS = 64;
    private static final int LARGE_SLOTS = 16;
    private static final int LARGE = 16 * 1024;

    private ByteBuf[] slots = {};
    private int slotCapacity;
    private int next;
    private ByteBuf spare;
    private ByteBuf given;

    /**
     * Starts a read round: the buffers used longest ago are tried last, as those at the front are still in the cache.
     */
    void beginRound() {
        next = 0;
    }

    /** An empty buffer with room for {@code capacity} bytes; stays this object's until {@link #handOut}. */
    ByteBuf take(ByteBufAllocator allocator, int capacity) {
        if (capacity > slotCapacity) {
            release();
            slotCapacity = capacity;
            slots = new ByteBuf[capacity > LARGE ? LARGE_SLOTS : SMALL_SLOTS];
        }
        if (given != null) {
            return given.clear();
        }
        while (next < slots.length) {
            ByteBuf buf = slots[next];
            if (buf == null) {
                buf = slots[next] = direct(allocator, slotCapacity);
            }
            next++;
            if (buf.refCnt() == 1) {
                return given = buf.clear();
            }
        }
        if (spare == null) {
            spare = direct(allocator, slotCapacity);
        }
        return given = spare.clear();
    }

    /** The system call needs memory that native code can reach, whatever the allocator would rather give. */
    static ByteBuf direct(ByteBufAllocator allocator, int capacity) {
        ByteBuf buf = allocator.directBuffer(capacity, capacity);
        if (buf.isDirect() && buf.nioBufferCount() == 1) {
            return buf;
        }
        buf.release();
        return Unpooled.directBuffer(capacity, capacity);
    }

    /** Whether this is the buffer that {@link #take} gave last. */
    boolean owns(ByteBuf frame) {
        return frame == given;
    }

    /** Turns the buffer that {@link #take} gave, now filled, into what the pipeline gets and has to release. */
    ByteBuf handOut(ByteBufAllocator allocator) {
        ByteBuf filled = given;
        given = null;
        if (filled != spare) {
            return filled.retainedDuplicate();
        }
        int length = filled.readableBytes();
        if (length <= slotCapacity >> 1) {
            return allocator.directBuffer(length, length).writeBytes(filled);
        }
        spare = null;
        return filled;
    }

    /** Gives every buffer back; those that handlers still hold go when the handlers release them. */
    void release() {
        for (ByteBuf buf : slots) {
            if (buf != null) {
                buf.release();
            }
        }
        if (spare != null) {
            spare.release();
        }
        slots = new ByteBuf[0];
        slotCapacity = 0;
        spare = null;
        given = null;
        next = 0;
    }
}
