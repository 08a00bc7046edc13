/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.unix.NativeMemory;

/**
 * The memory of frames of an AF_XDP socket, in chunks of one size. Each chunk is at any time in one place: in a ring,
 * with the kernel, or here, free to be sent. On the event loop.
 */
final class Umem {
    private static final int PAGE = 4096;

    private final NativeMemory memory;
    private final int start;
    private final int chunkSize;
    private final int chunks;
    private final ByteBuf bytes;
    private final long[] free;
    private int freeCount;

    Umem(int chunks, int chunkSize) {
        this.chunks = chunks;
        this.chunkSize = chunkSize;
        memory = NativeMemory.allocate(chunks * chunkSize + PAGE);
        // The kernel wants it to begin with a page.
        start = (int) (-memory.address() & PAGE - 1);
        bytes = Unpooled.wrappedBuffer(memory.buffer().slice(start, chunks * chunkSize));
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

    /** The bytes, by the addresses that descriptors have. */
    ByteBuf bytes() {
        return bytes;
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

    boolean hasFree() {
        return freeCount > 0;
    }

    /** The kernel keeps its own hold of the pages until it has done with them. */
    void free() {
        memory.free();
    }
}
