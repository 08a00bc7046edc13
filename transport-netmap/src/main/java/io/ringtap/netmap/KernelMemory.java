/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.ringtap.unix.SharedMapping;
import io.ringtap.unix.SystemCallException;

import java.nio.ByteBuffer;

/** The region that the kernel's netmap shares, mapped. */
final class KernelMemory extends NetmapMemory {
    private final SharedMapping mapping;

    private KernelMemory(SharedMapping mapping, long size) {
        super(size);
        this.mapping = mapping;
    }

    /**
     * Maps the region of a registered descriptor.
     *
     * @throws NetmapException if the kernel does not
     */
    static KernelMemory map(int fd, long size, String port) throws NetmapException {
        try {
            return new KernelMemory(SharedMapping.map(fd, size), size);
        } catch (SystemCallException e) {
            throw KernelNetmapFile.failed("mmap of " + size + " bytes for " + port, e.errno());
        }
    }

    @Override
    protected ByteBuffer map(long offset, int length) {
        return mapping.buffer(offset, length);
    }

    @Override
    protected void deallocate() {
        mapping.unmap();
    }
}
