/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.buffer;

import io.ringtap.internal.netmap.ring.RegionBuf;

import java.nio.ByteBuffer;

/**
 * A packet buffer that is lent to the pipeline. It is back in its pool as soon as it is released, on any thread: the
 * pool reads its reference count.
 *
 * <p>A loose object is used once. The pool does not keep it, and is told of its release. Only a loose one has a leak
 * record.
 */
final class NetmapByteBuf extends RegionBuf {
    private final NetmapBufferPool pool;
    private final boolean loose;
    /** The index that goes back to the pool: that of the buffer itself, or of the one that it was swapped for. */
    private int returns;
    private boolean queued;
    private boolean settled;

    NetmapByteBuf(NetmapBufferPool pool, ByteBuffer memory, long address, int index, boolean loose) {
        super(memory, address, index);
        this.pool = pool;
        this.loose = loose;
    }

    /** Lends it with a frame in it. On the event loop, while nobody has it. */
    NetmapByteBuf lend(int offset, int length) {
        setIndex(offset, offset + length);
        markReaderIndex();
        markWriterIndex();
        returns = index();
        resetRefCnt();
        return this;
    }

    /** Begins the leak record of a loose object. */
    NetmapByteBuf tracked() {
        track();
        return this;
    }

    /** Begins the leak record of a loose object if the sampling of Netty's detector says so. Any thread. */
    NetmapByteBuf sampled() {
        trackSampled();
        return this;
    }

    NetmapBufferPool pool() {
        return pool;
    }

    /** Whether it is used once, and tells the pool itself of its release. */
    boolean isLoose() {
        return loose;
    }

    /**
     * Whether it has one reference, was not swapped and still has its own memory, so that its buffer can be given away.
     */
    boolean isWhole() {
        return refCnt() == 1 && returns == index() && !isReplaced();
    }

    /** Its buffer was put into a slot. It can only be released from now on, and its release returns another buffer. */
    void becomes(int other) {
        returns = other;
    }

    /** Whether it was released. What its last holder wrote into it is visible to the thread that sees this. */
    boolean isBack() {
        return refCnt() == 0;
    }

    /** The index of the buffer that comes back with it. */
    int returns() {
        return returns;
    }

    /** Whether it can be lent again. */
    boolean isReusable() {
        return isBack() && !isReplaced();
    }

    /** Whether it is in the pool's queue of lent buffers. Used on the pool's event loop. */
    boolean isQueued() {
        return queued;
    }

    void queued(boolean now) {
        queued = now;
    }

    /** Whether the pool, which is closing, has counted it as back. Guarded by the lock of the pool. */
    boolean isSettled() {
        return settled;
    }

    void settle() {
        settled = true;
    }

    @Override
    protected void deallocate() {
        closeTrack();
        // Nothing may be written here: the reference count is 0, so the pool may have lent it again before this line.
        pool.released(this);
    }
}
