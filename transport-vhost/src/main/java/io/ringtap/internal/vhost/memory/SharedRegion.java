/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A region of memory that another process shares by a descriptor, mapped into this one.
 *
 * <pre>
 *   file     0            offset                        offset + size          end
 *            |---- mapped --------------------------------------------|- - - -|
 *   windows               |0 ........ 2 GiB|
 *                              |1 GiB .... 3 GiB|           a window begins at every GiB of the region
 * </pre>
 *
 * <p>A buffer of Java ends at 2 GiB. As a window begins at every GiB, and none but the last two is shorter than 2 GiB,
 * any piece of up to one GiB lies in one window. The file is mapped from its beginning, as the offset of a mapping of
 * huge pages has to be a multiple of their size; for the same reason the mapping ends at a multiple of a GiB or with
 * the file.
 *
 * <p>The other process can shorten its file at any time. A read or a write behind the end then raises SIGBUS, for which
 * the JVM throws an {@link InternalError} in Java code; see {@link MemoryFaults}. Native code must not be given such
 * memory.
 */
public final class SharedRegion {
    /** The largest region in bytes, which is less than an address space has room for, but more than any guest has. */
    public static final long MOST_BYTES = 1L << 43;

    /** A seal: the file keeps its length, or grows. */
    static final int F_SEAL_SHRINK = 2;
    private static final int GIB_SHIFT = 30;
    private static final long GIB = 1L << GIB_SHIFT;

    private final long guestAddress;
    private final long userAddress;
    private final long size;
    private final long offset;
    private final int fd;
    private final boolean shrinkable;
    private final SharedMapping mapping;

    private SharedRegion(long guestAddress, long userAddress, long size, long offset, int fd, boolean shrinkable,
                         SharedMapping mapping) {
        this.guestAddress = guestAddress;
        this.userAddress = userAddress;
        this.size = size;
        this.offset = offset;
        this.fd = fd;
        this.shrinkable = shrinkable;
        this.mapping = mapping;
    }

    /**
     * Maps a region.
     *
     * @param guestAddress where the guest has it
     * @param userAddress where the other process has it
     * @param size bytes
     * @param offset where it begins in its file
     * @param fd of the file, which the region owns from then on, if this does not fail
     * @throws IOException if there can be no such region, or the file is none that can be shared
     */
    public static SharedRegion map(long guestAddress, long userAddress, long size, long offset, int fd)
        throws IOException {
        String what = String.format("a region of 0x%x bytes at 0x%x, from 0x%x of its file on", size, guestAddress,
            offset);
        if (size <= 0 || size > MOST_BYTES || offset < 0 || offset > MOST_BYTES
            || wraps(guestAddress, size) || wraps(userAddress, size)) {
            throw new IOException(what + ", cannot be: it is empty, too large or goes round the end of the addresses");
        }
        int seals = SystemCalls.seals(fd);
        if (seals < 0) {
            throw new SystemCallException(what, -seals, "its descriptor is not of memory that can be shared, such as"
                + " that of QEMU's memory-backend-memfd with share=on, or of a file on a tmpfs or hugetlbfs");
        }
        long length = SystemCalls.fileLength(fd);
        if (length < offset + size) {
            throw new IOException(what + ", is longer than its file, which has 0x" + Long.toHexString(length)
                + " bytes");
        }
        long end = offset + size + GIB - 1 & -GIB;
        SharedMapping mapping;
        try {
            mapping = SharedMapping.map(fd, Math.min(end, length));
        } catch (SystemCallException failed) {
            throw new SystemCallException(what, failed, null);
        }
        return new SharedRegion(guestAddress, userAddress, size, offset, fd, (seals & F_SEAL_SHRINK) == 0,
            mapping);
    }

    private static boolean wraps(long start, long size) {
        return Long.compareUnsigned(start + size - 1, start) < 0;
    }

    /** Whether the two have a guest address in common, or an address in the other process. */
    public boolean overlaps(SharedRegion other) {
        return overlap(guestAddress, size, other.guestAddress, other.size)
            || overlap(userAddress, size, other.userAddress, other.size);
    }

    private static boolean overlap(long start, long size, long otherStart, long otherSize) {
        return Long.compareUnsigned(otherStart - start, size) < 0
            || Long.compareUnsigned(start - otherStart, otherSize) < 0;
    }

    /** Where the guest has it. */
    public long guestAddress() {
        return guestAddress;
    }

    /** Where the other process has it. */
    public long userAddress() {
        return userAddress;
    }

    /** Its length in bytes. */
    public long size() {
        return size;
    }

    /** Whether its file can become shorter than the region: it is not sealed. */
    public boolean isShrinkable() {
        return shrinkable;
    }

    /** Whether its file has become shorter than the region. */
    public boolean isTruncated() {
        return SystemCalls.fileLength(fd) < offset + size;
    }

    /** Windows of its own for one queue, little-endian. */
    ByteBuffer[] windows() {
        ByteBuffer[] windows = new ByteBuffer[(int) (size + GIB - 1 >>> GIB_SHIFT)];
        for (int i = 0; i < windows.length; i++) {
            long start = (long) i << GIB_SHIFT;
            windows[i] = mapping.buffer(offset + start, (int) Math.min(Integer.MAX_VALUE, size - start))
                .order(ByteOrder.LITTLE_ENDIAN);
        }
        return windows;
    }

    /** The window in which a piece of the region begins that is this far into it. */
    static int windowOf(long distance) {
        return (int) (distance >>> GIB_SHIFT);
    }

    /** Where in that window the piece begins. */
    static int offsetOf(long distance) {
        return (int) (distance & GIB - 1);
    }

    /** Gives the memory back. Nothing may use a window any more: that would end the JVM. */
    public void unmap() {
        mapping.unmap();
        SystemCalls.close(fd);
    }

    @Override
    public String toString() {
        return String.format("0x%x bytes at 0x%x", size, guestAddress);
    }
}
