/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.netty.util.AbstractReferenceCounted;

import java.nio.ByteBuffer;

/**
 * A memory region that a port shares with netmap. Offsets are 64 bits wide, since a region can be larger than a
 * {@link ByteBuffer}. Whoever reads or writes it holds a reference; with the last one it is unmapped, and touching a
 * window after that reaches into memory that is not there.
 */
public abstract class NetmapMemory extends AbstractReferenceCounted {
    private volatile long size;

    /**
     * A region with one reference, its maker's.
     *
     * @param size its length in bytes
     */
    protected NetmapMemory(long size) {
        this.size = size;
    }

    /** The length of the region in bytes. It can only grow. */
    public final long size() {
        return size;
    }

    /** Sets the length, which is larger than before. */
    protected final void size(long now) {
        size = now;
    }

    /** The length that the region may grow to: what it has, unless it says otherwise. */
    public long maxSize() {
        return size();
    }

    /** The bytes of two multiples of this need not stand together; a power of two. */
    public int windowSize() {
        return 1 << 30;
    }

    /**
     * How many bytes from an offset on may be those of buffers, where the buffers of the region begin at it or before.
     * A region that grows may have places without memory.
     *
     * @param max the most to look for, up to the next multiple of {@link #windowSize()}
     */
    public int bufferBytes(long offset, int max) {
        return (int) Math.max(0, Math.min(max, size() - offset));
    }

    /**
     * A part of the region as a direct buffer of its own, in the byte order of the machine, position 0.
     *
     * @throws IndexOutOfBoundsException if the part does not lie within the region
     */
    public final ByteBuffer window(long offset, int length) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of a region of " + size);
        }
        return map(offset, length);
    }

    /** The same, the bounds being checked. */
    protected abstract ByteBuffer map(long offset, int length);

    @Override
    public final NetmapMemory retain() {
        super.retain();
        return this;
    }

    @Override
    public final NetmapMemory retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public final NetmapMemory touch() {
        return this;
    }

    @Override
    public final NetmapMemory touch(Object hint) {
        return this;
    }
}
