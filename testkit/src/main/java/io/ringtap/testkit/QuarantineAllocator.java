/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testkit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An allocator that gives no direct memory back: what was released is filled with a pattern and kept, so that a test
 * finds out whether somebody has written to it afterwards. A kernel that still has the address would. Any thread.
 */
public final class QuarantineAllocator extends AbstractByteBufAllocator {
    private static final byte PATTERN = (byte) 0xdb;

    private final Collection<ByteBuffer> released = new ConcurrentLinkedQueue<>();

    /** An allocator of direct memory, unless asked for other. */
    public QuarantineAllocator() {
        super(true);
    }

    /** How many blocks were released. */
    public int released() {
        return released.size();
    }

    /** What was written to memory after its release: for each place, the size of the block and the index in it. */
    public List<String> writtenAfterRelease() {
        List<String> places = new ArrayList<>();
        for (ByteBuffer block : released) {
            for (int i = 0; i < block.capacity(); i++) {
                if (block.get(i) != PATTERN) {
                    places.add("block of " + block.capacity() + " bytes at " + i);
                    break;
                }
            }
        }
        return places;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return toLeakAwareBuffer(new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity));
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return toLeakAwareBuffer(new Kept(ByteBuffer.allocateDirect(initialCapacity), maxCapacity));
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    private final class Kept extends UnpooledDirectByteBuf {
        private final ByteBuffer block;

        Kept(ByteBuffer block, int maxCapacity) {
            super(QuarantineAllocator.this, block.duplicate(), maxCapacity);
            this.block = block;
            clear();
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            for (int i = 0; i < block.capacity(); i++) {
                block.put(i, PATTERN);
            }
            released.add(block);
        }
    }
}
