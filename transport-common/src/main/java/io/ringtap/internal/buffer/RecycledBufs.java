/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ringtap.internal.loop.Operations;

/**
 * Numbered {@link RecycledBuf}s of one size, made when first needed and as far as the {@link ReceiveBudget} of the
 * event loop goes. On the channel's event loop.
 */
public final class RecycledBufs {
    /** As many as a read round hands out. Most rounds use the first few, as each round begins at the front again. */
    private static final int COUNT = Operations.SLOTS;
    private static final RecycledBuf[] NONE = {};

    private final LeakSampler leaks = new LeakSampler();
    /** Called when there is a first buffer. */
    private final Runnable whenHolding;
    private ReceiveBudget budget;
    private RecycledBuf[] buffers = NONE;
    private ByteBufAllocator allocator;
    private int capacity;
    /** How many there are: those of the slots below it, except buffers that handlers have replaced. */
    private int made;
    private int next;
    /** Where to look for one that was released meanwhile, when all that are made have been given out. */
    private int again;
    /** The most that a round has needed since {@link #trim()}. */
    private int needed;
    /** There is no further one to be had in this round. */
    private boolean exhausted;
    private Throwable failure;
    private int shortagesSeen;
    /** As many as there may be, for the time being. */
    private int most = COUNT;

    RecycledBufs(Runnable whenHolding) {
        this.whenHolding = whenHolding;
    }

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
        budget = ReceiveBudget.ofThisLoop();
        buffers = new RecycledBuf[COUNT];
        capacity = room;
        return true;
    }

    int capacity() {
        return capacity;
    }

    /** Where its memory is counted, once it is prepared. */
    ReceiveBudget budget() {
        return budget;
    }

    public RecycledBuf get(int slot) {
        return buffers[slot];
    }

    /** Lets {@link #takeNext} begin at the front again. */
    void rewind() {
        needed = Math.max(needed, next);
        next = 0;
        again = 0;
        exhausted = false;
    }

    /**
     * Takes the next free buffer, and returns its number, or -1 if there is none: all are in use, and there is no
     * memory for another, or not within the limit. Does not throw, as the buffers that there are may be enough; see
     * {@link #failure()}.
     */
    public int takeNext() {
        while (next < buffers.length) {
            RecycledBuf buf = buffers[next];
            if (buf != null && buf.tryTake()) {
                return next++;
            }
            if (buf != null && !buf.isGone()) {
                next++;
                continue;
            }
            int slot = takeAgain();
            if (slot >= 0 || !make(next)) {
                return slot;
            }
        }
        return takeAgain();
    }

    /** One that was handed out in this round and has come back is as good as a new one, and in the cache. */
    private int takeAgain() {
        if (again >= next) {
            again = 0;
        }
        RecycledBuf buf = buffers.length == 0 ? null : buffers[again];
        return buf != null && buf.tryTake() ? again++ : -1;
    }

    private boolean make(int slot) {
        if (exhausted) {
            return false;
        }
        forget(slot);
        failure = budget.noMemory();
        if (failure != null || made > 0 && (made >= most || !budget.tryReserve(capacity, made))) {
            exhausted = true;
            return false;
        }
        if (made == 0) {
            budget.reserve(capacity);
        }
        long begun = System.nanoTime();
        try {
            buffers[slot] = RecycledBuf.allocate(allocator, capacity);
        } catch (Throwable cause) {
            budget.release(capacity);
            budget.failed(cause, begun);
            failure = cause;
            exhausted = true;
            return false;
        }
        if (++made == 1) {
            budget.addHolder();
            whenHolding.run();
        }
        return true;
    }

    /** Gives up the buffer of a slot, if there is one; a handler that still has it frees it. */
    private void forget(int slot) {
        RecycledBuf buf = buffers[slot];
        if (buf != null) {
            buffers[slot] = null;
            buf.retire();
            budget.release(capacity);
            if (--made == 0) {
                budget.removeHolder();
            }
        }
    }

    /** Why the last buffer that was to be made was not; {@code null} if it was, or is not within the limit. */
    Throwable failure() {
        return failure;
    }

    /** Whether there is no buffer. */
    boolean isEmpty() {
        return made == 0;
    }

    /** What the pipeline gets for a buffer that was taken and filled. It does not fail. */
    public ByteBuf handOut(RecycledBuf filled) {
        if (leaks.isDue()) {
            try {
                return new RecycledHandOut(filled);
            } catch (OutOfMemoryError noHeap) {
                // A frame without a leak record is better than none.
                return filled;
            }
        }
        return filled;
    }

    /**
     * Gives up the buffers that no round has needed since this was called last. Where another channel has got less than
     * its share meanwhile, also those beyond this channel's share, which it does not get again until the next call.
     */
    void trim() {
        most = COUNT;
        if (budget != null && budget.shortages() != shortagesSeen) {
            shortagesSeen = budget.shortages();
            most = budget.share(capacity);
        }
        int keep = Math.min(most, Math.max(needed, next));
        rewind();
        needed = 0;
        for (int slot = keep; slot < buffers.length && made > 0; slot++) {
            forget(slot);
        }
    }

    /** Gives up every buffer. */
    void retire() {
        for (int slot = 0; slot < buffers.length; slot++) {
            forget(slot);
        }
        buffers = NONE;
        most = COUNT;
        capacity = 0;
        next = 0;
        needed = 0;
        failure = null;
    }
}
