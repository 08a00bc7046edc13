/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/** Maps memory that a device or a file shares. Any thread may call. */
public interface MemoryMapper {
    /**
     * mmap(2) of a descriptor's first bytes, readable, writable and shared.
     *
     * @return the address in this process, or a negative error number
     */
    long map(int fd, long size);

    /**
     * mmap(2) of a descriptor from an offset on, readable, writable and shared. A mapper that cannot, as it inherits
     * this, maps from the beginning alone.
     *
     * @return the address in this process, or a negative error number
     */
    default long map(int fd, long size, long offset) {
        return offset == 0 ? map(fd, size) : -Errno.EINVAL.number();
    }

    /** munmap(2); 0 or a negative error number. */
    int unmap(long address, long size);
}
