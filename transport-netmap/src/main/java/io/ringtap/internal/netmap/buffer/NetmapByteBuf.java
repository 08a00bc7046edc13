/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.ringtap.internal.netmap.ring.RegionBuf;

import java.nio.ByteBuffer;

/**
 * A packet buffer lent to the pipeline: of fixed memory, and back in its pool when released, by whomever and on
 * whichever thread. Being released is all it takes to be back: the pool sees it by the reference count.
 *
 * <p>A loose one is used but once: it is an object of one hand-out, which the pool does not know, so that it may have a
 * leak record.
 */
final class NetmapByteBuf extends RegionBuf {
    private final NetmapBufferPool pool;
    private final boolean loose;
    /** What goes back to the pool: the buffer itself, or what it was swapped for. */
    private int returns;
    private boolean queued;
    private boolean settled;

    NetmapByteBuf(NetmapBufferPool pool, ByteBuffer memory, long address, int index, boolean loose) {
        super(memory, address, index);
        this.pool = pool;
        this.loose = loose;
    }

    /** Gives it out with a frame in it. On the event loop, while nobody has it. */
    NetmapByteBuf lend(int offset, int length) {
        setIndex(offset, offset + length);
        markReaderIndex();
        markWriterIndex();
        returns = index();
        resetRefCnt();
        return this;
    }

    /** Begins the leak record of a loose one. */
    NetmapByteBuf tracked() {
        track();
        return this;
    }

    /** Begins the leak record of a loose one if the detector's own sampling says so. Any thread. */
    NetmapByteBuf sampled() {
        trackSampled();
        return this;
    }

    NetmapBufferPool pool() {
        return pool;
    }

    /** Whether it is used but once, and tells the pool itself that it is back. */
    boolean isLoose() {
        return loose;
    }

    /** Whether nobody else has a part of it and it was not swapped away, so that its memory may go. */
    boolean isWhole() {
        return refCnt() == 1 && returns == index() && !isReplaced();
    }

    /** It was put into a slot, and is good for nothing but its release, which returns another buffer. */
    void becomes(int other) {
        returns = other;
    }

    /** Whether nobody has it. What its last holder did to it is seen by who was told so. */
    boolean isBack() {
        return refCnt() == 0;
    }

    /** The buffer that comes back with it. */
    int returns() {
        return returns;
    }

    /** Whether it can be lent once more. */
    boolean isReusable() {
        return isBack() && !isReplaced();
    }

    /** Whether the pool waits for it to come back. The pool's event loop's. */
    boolean isQueued() {
        return queued;
    }

    void queued(boolean now) {
        queued = now;
    }

    /** Whether the pool, which is closing, has counted it as back. Under the pool's lock. */
    boolean isSettled() {
        return settled;
    }

    void settle() {
        settled = true;
    }

    @Override
    protected void deallocate() {
        closeTrack();
        // Nothing that changes: with the count at 0 it is the pool's, and may be lent again before this line.
        pool.released(this);
    }
}
