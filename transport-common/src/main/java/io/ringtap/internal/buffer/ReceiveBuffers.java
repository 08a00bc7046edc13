/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.internal.PlatformDependent;

/**
 * The memory that a channel receives into: a few buffers used over and over, so that they stay in the CPU's cache, and
 * never a fresh 64 KiB for each read.
 *
 * <p>When handlers keep frames for so long that no buffer is free, or the {@link ReceiveBudget} allows no further one,
 * frames are read into a spare one and a frame that fills less than half of it is copied out to memory of its own size,
 * as drivers of network cards do (copy-break): a queue of 60-byte frames then never pins a whole buffer for each.
 */
public final class ReceiveBuffers {
    private final RecycledBufs slots;
    /** Called when memory is held. */
    private final Runnable whenHolding;
    private ByteBuf spare;
    private ByteBuf given;
    private boolean used;
    private boolean spareUsed;
    private boolean copiesFail;

    /** Makes buffers that are given up by {@link #release()} alone. */
    ReceiveBuffers() {
        this(() -> { });
    }

    /**
     * Makes buffers that are also given up by {@link #trim()}.
     *
     * @param whenHolding called when there are some: {@code trim()} is to be called from then on
     */
    public ReceiveBuffers(Runnable whenHolding) {
        this.whenHolding = whenHolding;
        slots = new RecycledBufs(whenHolding);
    }

    /** Starts a read round: the buffers at the front are tried first, as those are still in the cache. */
    public void beginRound() {
        used = true;
        slots.rewind();
    }

    /**
     * An empty buffer with room for {@code capacity} bytes; stays this object's until {@link #handOut}. Throws what
     * the allocator has thrown if there is none.
     */
    public ByteBuf take(ByteBufAllocator allocator, int capacity) {
        prepare(allocator, capacity);
        if (given == null) {
            int slot = slots.takeNext();
            given = slot < 0 ? spare(allocator) : slots.get(slot);
        }
        return given.clear();
    }

    /** Sees to it that each buffer has this much room. */
    public void prepare(ByteBufAllocator allocator, int capacity) {
        if (slots.prepare(allocator, capacity)) {
            forgetGiven();
            releaseSpare();
        }
    }

    /** The buffers but for the spare one, for who receives into several at a time. Prepare them, and begin a round. */
    public RecycledBufs slots() {
        return slots;
    }

    private ByteBuf spare(ByteBufAllocator allocator) {
        spareUsed = true;
        if (spare == null) {
            Throwable known = slots.failure() != null ? slots.failure() : slots.budget().noMemory();
            if (known != null) {
                // The allocation has just failed for one buffer, and would fail for another.
                PlatformDependent.throwException(known);
            }
            long begun = System.nanoTime();
            try {
                spare = RecycledBuf.direct(allocator, slots.capacity());
            } catch (Throwable cause) {
                slots.budget().failed(cause, begun);
                throw cause;
            }
            slots.budget().reserve(slots.capacity());
            whenHolding.run();
        }
        return spare;
    }

    /** Whether this is the buffer that {@link #take} gave last. */
    public boolean owns(ByteBuf frame) {
        return frame == given;
    }

    /** Turns the buffer that {@link #take} gave, now filled, into what the pipeline gets and has to release. */
    public ByteBuf handOut(ByteBufAllocator allocator) {
        ByteBuf filled = given;
        if (filled != spare) {
            given = null;
            return slots.handOut((RecycledBuf) filled);
        }
        ByteBuf copy = copyOfSmall(filled, allocator);
        given = null;
        if (copy != null) {
            return copy;
        }
        slots.budget().release(filled.capacity());
        spare = null;
        return filled;
    }

    private ByteBuf copyOfSmall(ByteBuf filled, ByteBufAllocator allocator) {
        int length = filled.readableBytes();
        if (length > slots.capacity() >> 1 || copiesFail && slots.budget().noMemory() != null) {
            return null;
        }
        long begun = System.nanoTime();
        try {
            ByteBuf copy = allocator.directBuffer(length, length).writeBytes(filled);
            copiesFail = false;
            return copy;
        } catch (OutOfMemoryError | RuntimeException noMemory) {
            // The frame has been received: it goes up in the memory that it was read into.
            slots.budget().failed(noMemory, begun);
            copiesFail = true;
            return null;
        }
    }

    /**
     * Gives up what was not used since this was called last.
     *
     * @return whether anything is left
     */
    public boolean trim() {
        if (!used) {
            forgetGiven();
        }
        if (!spareUsed && given != spare) {
            releaseSpare();
        }
        slots.trim();
        used = false;
        spareUsed = false;
        return spare != null || !slots.isEmpty();
    }

    /** Gives every buffer back; those that handlers still hold go when the handlers release them. */
    public void release() {
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
            slots.budget().release(spare.capacity());
            spare.release();
            spare = null;
        }
    }
}
