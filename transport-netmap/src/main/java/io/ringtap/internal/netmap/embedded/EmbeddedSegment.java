/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * One block of an {@link EmbeddedMemory}, with three pools: first the buffers, then the {@code netmap_if}s, then the
 * rings. Offsets are relative to the beginning of the segment. Everything but the bytes is guarded by the lock of the
 * {@link JvmNetmap}.
 */
final class EmbeddedSegment {
    private static final int CACHE_LINE = 64;
    private static final int INTERFACE_SIZE = align(If.size(2 * JvmNetmap.MAX_RINGS + 2));
    /** How many bindings of its ports a segment has room for. More of them need another segment. */
    private static final int INTERFACES = 16;

    private final ByteBuf memory;
    private final ByteBuffer bytes;
    private final int firstBuffer;
    private final Pool buffers;
    private final Pool interfaces;
    private final Pool rings;

    /**
     * A segment in memory of {@link #bytes(int, int, int)} bytes, which it frees.
     *
     * @param firstBuffer the index of its first buffer
     * @param reserved how many buffers at the beginning are never handed out
     */
    EmbeddedSegment(ByteBuf memory, int firstBuffer, int bufferCount, int reserved, int ringCount, int slots) {
        this.memory = memory;
        this.firstBuffer = firstBuffer;
        bytes = memory.nioBuffer(0, memory.capacity()).order(ByteOrder.nativeOrder());
        buffers = new Pool(0, EmbeddedMemory.BUFFER_SIZE, bufferCount);
        interfaces = new Pool(buffers.end(), INTERFACE_SIZE, INTERFACES);
        rings = new Pool(interfaces.end(), align(Ring.size(slots)), ringCount);
        for (int i = 0; i < reserved; i++) {
            buffers.take();
        }
    }

    /** How many bytes a segment takes. */
    static long bytes(int bufferCount, int ringCount, int slots) {
        return (long) bufferCount * EmbeddedMemory.BUFFER_SIZE + INTERFACES * INTERFACE_SIZE
            + (long) ringCount * align(Ring.size(slots));
    }

    private static int align(int value) {
        return (value + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    }

    /** The whole memory, for absolute access only. */
    ByteBuffer bytes() {
        return bytes;
    }

    int firstBuffer() {
        return firstBuffer;
    }

    int bufferCount() {
        return buffers.count;
    }

    int freeBuffers() {
        return buffers.free;
    }

    /** How many rings of so many slots there is room for. */
    int freeRings(int slots) {
        return Ring.size(slots) > rings.size ? 0 : rings.free;
    }

    /** The index of a free buffer; -1 if there is none. */
    int newBuffer() {
        int taken = buffers.take();
        return taken < 0 ? -1 : firstBuffer + taken;
    }

    /** Returns {@code false} if the buffer is free already. */
    boolean freeBuffer(int index) {
        return buffers.release(index - firstBuffer);
    }

    /** The offset of a new {@code netmap_if}, filled with zeros; -1 if there is none. */
    int newInterface() {
        return zeroed(interfaces.take(), interfaces);
    }

    /** The offset of a new ring, filled with zeros; -1 if there is no room for so many slots. */
    int newRing(int slots) {
        return freeRings(slots) == 0 ? -1 : zeroed(rings.take(), rings);
    }

    private int zeroed(int index, Pool pool) {
        if (index < 0) {
            return -1;
        }
        memory.setZero(pool.base + index * pool.size, pool.size);
        return pool.base + index * pool.size;
    }

    void zeroBuffer(int index) {
        memory.setZero((index - firstBuffer) * EmbeddedMemory.BUFFER_SIZE, EmbeddedMemory.BUFFER_SIZE);
    }

    /** Frees a {@code netmap_if} or a ring. */
    void free(int offset) {
        Pool pool = offset < rings.base ? interfaces : rings;
        pool.release((offset - pool.base) / pool.size);
    }

    void release() {
        memory.release();
    }

    /** Objects of one size, with one bit for each. */
    private static final class Pool {
        final int base;
        final int size;
        final int count;
        final BitSet used;
        int free;
        /** All objects before this one are in use. */
        private int hint;

        Pool(int base, int size, int count) {
            this.base = base;
            this.size = size;
            this.count = count;
            used = new BitSet(count);
            free = count;
        }

        int end() {
            return base + count * size;
        }

        int take() {
            if (free == 0) {
                return -1;
            }
            int index = used.nextClearBit(hint);
            used.set(index);
            hint = index + 1;
            free--;
            return index;
        }

        boolean release(int index) {
            if (!used.get(index)) {
                return false;
            }
            used.clear(index);
            hint = Math.min(hint, index);
            free++;
            return true;
        }
    }
}
