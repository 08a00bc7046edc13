/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.NativeMemory;

import java.nio.ByteBuffer;

/**
 * The memory of frames of an AF_XDP socket, in chunks of one size. Each chunk is at any time in one place: in a ring,
 * with the kernel, or here, free to be sent. On the event loop.
 */
public final class Umem {
    private static final int PAGE = 4096;

    private final NativeMemory memory;
    private final int start;
    private final int chunkSize;
    private final int chunks;
    private final ByteBuf bytes;
    private final ByteBuffer cursor;
    private final long[] free;
    private int freeCount;

    Umem(int chunks, int chunkSize) {
        this.chunks = chunks;
        this.chunkSize = chunkSize;
        memory = NativeMemory.allocate(chunks * chunkSize + PAGE);
        // The kernel wants it to begin with a page.
        start = (int) (-memory.address() & PAGE - 1);
        cursor = memory.buffer().slice(start, chunks * chunkSize);
        bytes = Unpooled.wrappedBuffer(cursor.duplicate());
        free = new long[chunks];
    }

    long address() {
        return memory.address() + start;
    }

    long length() {
        return (long) chunks * chunkSize;
    }

    int chunkSize() {
        return chunkSize;
    }

    /** Appends the bytes at an address to a buffer with room for them. This way makes no object. */
    void read(long address, int length, ByteBuf to) {
        to.writeBytes(cursor.limit((int) address + length).position((int) address));
    }

    /** Copies bytes of a frame to the beginning of a chunk. This way makes no object where Unsafe is on. */
    void write(long chunk, ByteBuf frame, int from, int length) {
        if (frame.hasMemoryAddress()) {
            bytes.setBytes((int) chunk, frame, from, length);
        } else {
            frame.getBytes(from, cursor.limit((int) chunk + length).position((int) chunk));
        }
    }

    /** Whether a descriptor names bytes of one chunk. */
    boolean contains(long address, int bytesThere) {
        return address >= 0 && bytesThere >= 0 && address < length()
            && (address & chunkSize - 1) + bytesThere <= chunkSize;
    }

    /** The beginning of the chunk that an address lies in. */
    long chunkOf(long address) {
        return address & -chunkSize;
    }

    /** Takes a free chunk; -1 if there is none. */
    long take() {
        return freeCount == 0 ? -1 : free[--freeCount];
    }

    /** Gives a chunk back. */
    void give(long chunk) {
        if (freeCount < free.length) {
            free[freeCount++] = chunk;
        }
    }

    boolean hasFree(int count) {
        return freeCount >= count;
    }

    /** The kernel keeps its own hold of the pages until it has done with them. */
    void free() {
        memory.free();
    }
}
