/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A log of written pages that a front end shares: a bit for each page of 4 KiB from guest address 0 on, in an octet
 * whose lowest bit is that of the first page (VHOST_LOG_PAGE of the protocol). Used by the queues, on their event
 * loops; the front end reads and clears it at the same time.
 */
public final class DirtyPages implements DirtyLog {
    /** So much log covers 2 PiB of a guest. */
    private static final long MOST_BYTES = Integer.MAX_VALUE & -Long.BYTES;
    private static final int PAGE_SHIFT = 12;
    private static final VarHandle LONG =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final SharedMapping mapping;
    private final ByteBuffer bits;
    private final long pages;

    private DirtyPages(SharedMapping mapping, ByteBuffer bits) {
        this.mapping = mapping;
        this.bits = bits;
        pages = (long) bits.capacity() << 3;
    }

    /**
     * Maps a log.
     *
     * @param size bytes, a multiple of 8
     * @param offset where it begins in its file, a multiple of 8
     * @param fd of the file, which stays the caller's
     * @throws IOException if there can be no such log
     */
    public static DirtyPages map(long size, long offset, int fd) throws IOException {
        String what = String.format("a log of 0x%x bytes, from 0x%x of its file on", size, offset);
        if (size <= 0 || size > MOST_BYTES || (size & Long.BYTES - 1) != 0 || offset < 0
            || offset > SharedRegion.MOST_BYTES || (offset & Long.BYTES - 1) != 0) {
            throw new IOException(what + ", cannot be: it is empty, too large or not made of words of 64 bits");
        }
        int seals = SystemCalls.seals(fd);
        if (seals < 0 || (seals & SharedRegion.F_SEAL_SHRINK) == 0) {
            // An atomic or is a loop, which would have no end where there is no memory.
            throw new IOException(what + ", is in a file that is no memory, or could be shortened: it has to be sealed"
                + " by F_SEAL_SHRINK");
        }
        if (SystemCalls.fileLength(fd) < offset + size) {
            throw new IOException(what + ", is longer than its file");
        }
        SharedMapping mapping = SharedMapping.map(fd, offset + size);
        return new DirtyPages(mapping, mapping.buffer(offset, (int) size).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Override
    public void wrote(long address, int length) {
        if (length <= 0) {
            return;
        }
        long last = address + length - 1 >>> PAGE_SHIFT;
        for (long page = address >>> PAGE_SHIFT; page <= last && page < pages; page++) {
            int word = (int) (page >>> 3) & -Long.BYTES;
            LONG.getAndBitwiseOr(bits, word, 1L << (page & 63));
        }
    }

    /** Gives the memory back. No queue may use the log any more. */
    public void unmap() {
        mapping.unmap();
    }
}
