/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapLayout.If;
import io.ringtap.netmap.NetmapLayout.Ring;
import io.ringtap.netmap.NetmapMemory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * A region of direct memory with netmap's three pools in it: {@code netmap_if}s, rings, buffers. Pools are handed out
 * under the lock of the {@link EmbeddedNetmap}; the memory itself is read and written at absolute offsets from any
 * thread, each part by its owner.
 */
final class EmbeddedMemory extends NetmapMemory {
    static final int BUFFER_SIZE = 2048;
    private static final int INTERFACES = 64;
    private static final int RESERVED_BUFFERS = 2;
    private static final int CACHE_LINE = 64;
    private static final int PAGE = 4096;

    private final int id;
    private final ByteBuf memory;
    private final ByteBuffer bytes;
    private final Pool interfaces;
    private final Pool rings;
    private final Pool buffers;
    private final int bufferBase;

    private EmbeddedMemory(int id, ByteBuf memory, int interfaceSize, int ringBase, int ringCount, int ringSize,
                           int bufferBase, int bufferCount) {
        super(memory.capacity());
        this.id = id;
        this.memory = memory;
        this.bufferBase = bufferBase;
        bytes = memory.nioBuffer(0, memory.capacity()).order(ByteOrder.nativeOrder());
        interfaces = new Pool(0, interfaceSize, INTERFACES);
        rings = new Pool(ringBase, ringSize, ringCount);
        buffers = new Pool(bufferBase, BUFFER_SIZE, bufferCount);
        buffers.used.set(0, RESERVED_BUFFERS);
    }

    /**
     * A region for so many rings, of at most so many slots, and so many buffers.
     *
     * @throws NetmapException ENOMEM if the direct memory of this JVM does not hold it
     */
    static EmbeddedMemory allocate(int id, int rings, int slots, long buffers) throws NetmapException {
        int interfaceSize = align(If.size(2 * EmbeddedNetmap.MAX_RINGS + 2), CACHE_LINE);
        int ringBase = align(interfaceSize * INTERFACES, PAGE);
        int ringSize = align(Ring.size(slots), CACHE_LINE);
        long bufferBase = align((long) ringBase + (long) rings * ringSize, PAGE);
        long bufferCount = buffers + RESERVED_BUFFERS;
        // 36 rings of 4096 slots and 512 Ki extra buffers are the most that is asked for: 1.4 GiB.
        int size = (int) (bufferBase + bufferCount * BUFFER_SIZE);
        ByteBuf memory;
        try {
            memory = UnpooledByteBufAllocator.DEFAULT.directBuffer(size, size);
        } catch (OutOfMemoryError e) {
            throw new NetmapException(NetmapError.ENOMEM, "a region of " + size + " bytes does not fit the direct "
                + "memory of this JVM: raise -XX:MaxDirectMemorySize (" + e.getMessage() + ')');
        }
        return new EmbeddedMemory(id, memory.setZero(0, (int) bufferBase), interfaceSize, ringBase, rings,
            ringSize, (int) bufferBase, (int) bufferCount);
    }

    private static int align(int value, int to) {
        return (int) align((long) value, to);
    }

    private static long align(long value, int to) {
        return (value + to - 1) / to * to;
    }

    int id() {
        return id;
    }

    /** All of it, for absolute access only. */
    ByteBuffer bytes() {
        return bytes;
    }

    int bufferBase() {
        return bufferBase;
    }

    /** Where a buffer begins, by its index, or -1 if there is none with it. */
    int buffer(int index) {
        return index >= RESERVED_BUFFERS && index < buffers.count ? bufferBase + index * BUFFER_SIZE : -1;
    }

    /** The offset of a new {@code netmap_if}, zeroed; -1 if there is no more room. */
    int newInterface() {
        int offset = interfaces.offset(interfaces.take());
        if (offset >= 0) {
            zero(offset, interfaces.size);
        }
        return offset;
    }

    void freeInterface(int offset) {
        interfaces.free(offset / interfaces.size);
    }

    /** The offset of a new ring; -1 if there is no more room, or never was for one of so many slots. */
    int newRing(int slots) {
        return Ring.size(slots) > rings.size ? -1 : rings.offset(rings.take());
    }

    void freeRing(int offset) {
        rings.free((offset - rings.base) / rings.size);
    }

    /** The index of a free buffer; 0 if there is none. */
    int newBuffer() {
        return Math.max(0, buffers.take());
    }

    /**
     * Takes a buffer back.
     *
     * @return {@code false} if the index is out of range or free already: a program's mistake
     */
    boolean freeBuffer(int index) {
        if (buffer(index) < 0 || !buffers.used.get(index)) {
            return false;
        }
        buffers.free(index);
        return true;
    }

    /** How many buffers are in somebody's hands, the reserved ones not counted. */
    int usedBuffers() {
        return buffers.used.cardinality() - RESERVED_BUFFERS;
    }

    void zero(int offset, int length) {
        memory.setZero(offset, length);
    }

    @Override
    protected ByteBuffer map(long offset, int length) {
        return bytes.slice((int) offset, length).order(ByteOrder.nativeOrder());
    }

    @Override
    protected void deallocate() {
        memory.release();
    }

    /** Objects of one size, found by a bit each. */
    private static final class Pool {
        final int base;
        final int size;
        final int count;
        final BitSet used;

        Pool(int base, int size, int count) {
            this.base = base;
            this.size = size;
            this.count = count;
            used = new BitSet(count);
        }

        int take() {
            int index = used.nextClearBit(0);
            if (index >= count) {
                return -1;
            }
            used.set(index);
            return index;
        }

        void free(int index) {
            used.clear(index);
        }

        int offset(int index) {
            return index < 0 ? -1 : base + index * size;
        }
    }
}
