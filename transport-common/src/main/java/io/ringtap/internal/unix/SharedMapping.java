/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import com.kenai.jffi.MemoryIO;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that a device shares through mmap(2), readable and writable. */
public final class SharedMapping {
    private final MemoryMapper mapper;
    private final long address;
    private final long size;

    private SharedMapping(MemoryMapper mapper, long address, long size) {
        this.mapper = mapper;
        this.address = address;
        this.size = size;
    }

    /**
     * Maps so many bytes from the beginning.
     *
     * @throws SystemCallException if the kernel does not
     */
    public static SharedMapping map(int fd, long size) throws SystemCallException {
        return map(fd, size, 0);
    }

    /**
     * Maps so many bytes from an offset on.
     *
     * @throws SystemCallException if the kernel does not
     */
    public static SharedMapping map(int fd, long size, long offset) throws SystemCallException {
        MemoryMapper mapper = Platform.current().mapper();
        long mapped = mapper.map(fd, size, offset);
        if (mapped < 0) {
            throw new SystemCallException("mmap of " + size + " bytes", (int) -mapped, null);
        }
        return new SharedMapping(mapper, mapped, size);
    }

    /** Where it begins, for a system call. */
    public long address() {
        return address;
    }

    /** A window into the mapping, in the order of this machine; not to be used after {@link #unmap}. */
    public ByteBuffer buffer(long offset, int length) {
        return MemoryIO.getInstance().newDirectByteBuffer(address + offset, length).order(ByteOrder.nativeOrder());
    }

    /** Gives the memory back, once. */
    public void unmap() {
        mapper.unmap(address, size);
    }
}
