/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/** An allocator without a pool. A test can make it fail. Its buffers are tracked by the leak detector. */
public final class FaultyAllocator extends AbstractByteBufAllocator {
    private final Runnable beforeEach;

    /**
     * An allocator that prefers direct memory.
     *
     * @param beforeEach called before each allocation, by the thread that allocates; if it throws, the allocation fails
     *     with that
     */
    public FaultyAllocator(Runnable beforeEach) {
        super(true);
        this.beforeEach = beforeEach;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        beforeEach.run();
        return toLeakAwareBuffer(new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        beforeEach.run();
        return toLeakAwareBuffer(new UnpooledDirectByteBuf(this, initialCapacity, maxCapacity));
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
