/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;

import java.nio.ByteBuffer;

/** A packet buffer lent to the pipeline: of fixed capacity, and back in its pool when released. */
final class NetmapByteBuf extends UnpooledDirectByteBuf {
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private final NetmapBufferPool pool;
    private final int index;
    /** What goes back to the pool: the buffer itself, or what it was swapped for. */
    private int returns;

    NetmapByteBuf(NetmapBufferPool pool, ByteBuffer memory, int index) {
        super(ALLOCATOR, memory, memory.remaining());
        this.pool = pool;
        this.index = index;
        // As yet in nobody's hands; lend() gives it out.
        returns = 0;
    }

    /** Gives it out with a frame in it. On the event loop, while nobody has it. */
    NetmapByteBuf lend(int offset, int length) {
        resetRefCnt();
        setIndex(offset, offset + length);
        markReaderIndex();
        markWriterIndex();
        returns = index;
        return this;
    }

    NetmapBufferPool pool() {
        return pool;
    }

    int index() {
        return index;
    }

    /** Whether nobody else has a part of it and it was not swapped away, so that its memory may go. */
    boolean isWhole() {
        return refCnt() == 1 && returns == index;
    }

    /** It was put into a slot, and is good for nothing but its release, which returns another buffer. */
    void becomes(int other) {
        returns = other;
    }

    @Override
    protected void deallocate() {
        pool.back(returns);
    }
}
