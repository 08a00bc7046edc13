/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.internal.buffer.TrackedBuf;

import java.nio.ByteBuffer;

/**
 * A packet buffer of a region as a {@link ByteBuf}. The memory belongs to the region, and stays when the buffer is
 * deallocated.
 */
public abstract class RegionBuf extends TrackedBuf {
    private final ByteBuffer memory;
    /** The address of {@link #memory}; 0 if Netty does not know it. */
    private final long address;
    private final int index;
    /** Whether a handler has set the capacity, and with it other memory. */
    private boolean replaced;

    /**
     * The buffer with an index.
     *
     * @param memory its bytes, from position 0 to the capacity
     * @param address where they lie; 0 if that is not known
     */
    protected RegionBuf(ByteBuffer memory, long address, int index) {
        super(UnpooledByteBufAllocator.DEFAULT, memory);
        this.memory = memory;
        this.address = address;
        this.index = index;
    }

    /** Its bytes, for absolute access; {@code null} if a handler has replaced the memory, or the frame was released. */
    final ByteBuffer memory() {
        return replaced || refCnt() == 0 ? null : memory;
    }

    /** The address of its bytes, as long as {@link #memory()} returns them; 0 if that is not known. */
    final long address() {
        return address;
    }

    /** Which buffer of the region it is. */
    public final int index() {
        return index;
    }

    /** Whether a handler has replaced the memory of the buffer by setting its capacity. */
    protected final boolean isReplaced() {
        return replaced;
    }

    @Override
    public final ByteBuf capacity(int newCapacity) {
        replaced |= newCapacity != capacity();
        return super.capacity(newCapacity);
    }

    /**
     * Frees the memory with which a handler has replaced that of the buffer, if any. Called when nobody has the buffer.
     */
    public final void freeReplacement() {
        if (replaced) {
            super.deallocate();
        }
    }
}
