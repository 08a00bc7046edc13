/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/** An allocator without a pool, which a test can let fail; its buffers leave a leak record. */
public final class FaultyAllocator extends AbstractByteBufAllocator {
    private final Runnable beforeEach;

    /**
     * An allocator of direct memory, unless asked for other.
     *
     * @param beforeEach called before each allocation, by the thread that allocates: what it throws is how that fails
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
