/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.buffer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledDirectByteBuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A buffer to receive into that goes back to its channel when its last reference is released, by whomever and on
 * whichever thread, instead of being freed: no object and no memory is made for a frame. The memory comes from the
 * channel's allocator and returns to it when the channel gives it up, or with the last reference if that comes later.
 *
 * <p>From its release until it is taken again it has no reference, and throws on access and on a further release, as
 * every released buffer does.
 */
public final class RecycledBuf extends UnpooledDirectByteBuf {
    /** The channel has it. */
    private static final int FREE = 0;
    /** A read or the pipeline has it. */
    private static final int OUT = 1;
    /** A read or the pipeline has it, and the channel does not want it back. */
    private static final int OUT_FOR_GOOD = 2;
    /** Nobody has it. */
    private static final int GONE = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(RecycledBuf.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ByteBuf memory;
    /** Whether a handler has set the capacity, and with it other memory. */
    private boolean replaced;
    private volatile int state;

    private RecycledBuf(ByteBufAllocator allocator, ByteBuf memory) {
        super(allocator, memory.nioBuffer(0, memory.capacity()), memory.capacity());
        this.memory = memory;
    }

    /** A free buffer. */
    static RecycledBuf allocate(ByteBufAllocator allocator, int capacity) {
        ByteBuf memory = direct(allocator, capacity);
        try {
            return new RecycledBuf(allocator, memory);
        } catch (Throwable noHeap) {
            memory.release();
            throw noHeap;
        }
    }

    /** The system call needs memory that native code can reach, whatever the allocator would rather give. */
    static ByteBuf direct(ByteBufAllocator allocator, int capacity) {
        ByteBuf buf = allocator.directBuffer(capacity, capacity);
        if (buf.isDirect() && buf.nioBufferCount() == 1) {
            return buf;
        }
        buf.release();
        return Unpooled.directBuffer(capacity, capacity);
    }

    /** Takes the buffer, empty and with one reference, if it is free. On the channel's event loop. */
    boolean tryTake() {
        if (state != FREE) {
            return false;
        }
        STATE.setOpaque(this, OUT);
        resetRefCnt();
        // The marks too: those of the last frame are no places in this one.
        clear().markReaderIndex().markWriterIndex();
        return true;
    }

    /** Whether it will never be free again, as a handler has replaced its memory by setting its capacity. */
    boolean isGone() {
        return state == GONE;
    }

    /** The channel has no more use for it. On the channel's event loop. */
    void retire() {
        if (!STATE.compareAndSet(this, OUT, OUT_FOR_GOOD) && STATE.compareAndSet(this, FREE, GONE)) {
            memory.release();
        }
    }

    @Override
    public ByteBuf capacity(int newCapacity) {
        replaced |= newCapacity != capacity();
        return super.capacity(newCapacity);
    }

    @Override
    protected void deallocate() {
        if (!replaced && STATE.compareAndSet(this, OUT, FREE)) {
            // Its reference count stays 0 until it is taken.
            return;
        }
        state = GONE;
        super.deallocate();
        memory.release();
    }
}
