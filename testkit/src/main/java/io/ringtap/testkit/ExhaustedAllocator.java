/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;

/** An allocator without memory: every allocation fails with an {@link OutOfMemoryError}. */
public final class ExhaustedAllocator extends AbstractByteBufAllocator {
    /** An allocator that prefers direct memory. */
    public ExhaustedAllocator() {
        super(true);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        throw new OutOfMemoryError("for the test");
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        throw new OutOfMemoryError("for the test");
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
