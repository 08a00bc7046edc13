/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.netty.util.AbstractReferenceCounted;

import java.nio.ByteBuffer;

/**
 * A memory region that a port shares with netmap. Offsets have 64 bits, since a region can be larger than a {@link
 * ByteBuffer}. Everyone who reads or writes it holds a reference. The region is unmapped with the last reference, and
 * access to a window after that reaches memory that is not there.
 */
public abstract class NetmapMemory extends AbstractReferenceCounted {
    private volatile long size;

    /**
     * A region with one reference, which belongs to its creator.
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

    /** Sets a new length, which is larger than the one before. */
    protected final void size(long now) {
        size = now;
    }

    /** The largest length that the region can grow to; its present length unless it can grow. */
    public long maxSize() {
        return size();
    }

    /**
     * The size of the parts that a region may consist of, a power of two. Memory on both sides of a multiple of it need
     * not be contiguous.
     */
    public int windowSize() {
        return 1 << 30;
    }

    /**
     * How many bytes from an offset on may be those of buffers, where the buffers of the region begin at the offset or
     * before it. A region that grows may have ranges without memory.
     *
     * @param max how many bytes to look for at most, up to the next multiple of {@link #windowSize()}
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

    /** As {@link #window}, after the bounds were checked. */
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
