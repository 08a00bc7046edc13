/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.kernel;

import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The mapped region that the kernel's netmap shares: its own memory, or a file that was given to it. */
final class KernelMemory extends NetmapMemory {
    private final SharedMapping mapping;

    private KernelMemory(SharedMapping mapping, long size) {
        super(size);
        this.mapping = mapping;
    }

    /**
     * Maps the region of a registered descriptor.
     *
     * @throws NetmapException if the kernel refuses
     */
    static KernelMemory map(int fd, long size, String port) throws NetmapException {
        try {
            return new KernelMemory(SharedMapping.map(fd, size), size);
        } catch (SystemCallException e) {
            throw KernelNetmapFile.failed("mmap of " + size + " bytes for " + port, e.errno());
        }
    }

    /**
     * Maps a whole file, into which netmap will put a region.
     *
     * @throws NetmapException if it cannot be opened or mapped, or is empty
     */
    static KernelMemory mapFile(String file, String port) throws NetmapException {
        String what = port + ": @extmem: ";
        int fd = SystemCalls.open(file, SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            throw KernelNetmapFile.failed(what + "open of " + file, -fd);
        }
        try {
            long size = Files.size(Path.of(file));
            if (size == 0) {
                throw new NetmapException(NetmapError.EINVAL, what + file + " is empty: make it as long as the memory "
                    + "is to be, with 'truncate -s 64M " + file + "'");
            }
            return new KernelMemory(SharedMapping.map(fd, size), size);
        } catch (SystemCallException e) {
            throw KernelNetmapFile.failed(what + "mmap of " + file, e.errno());
        } catch (NetmapException e) {
            throw e;
        } catch (IOException e) {
            throw new NetmapException(NetmapError.OTHER, what + "the length of " + file + " is unknown: " + e);
        } finally {
            // The mapping stays when the descriptor is closed.
            SystemCalls.close(fd);
        }
    }

    /** Whether the {@code netmap_if} of a port is at an offset. The kernel shortens long names. */
    boolean holds(String port, long offset) {
        if (offset < 0 || offset > size() - If.RING_OFS) {
            return false;
        }
        ByteBuffer name = window(offset + If.NAME, If.NAME_SIZE);
        for (int i = 0; i < Math.min(port.length(), If.NAME_SIZE - 1); i++) {
            if (name.get(i) != port.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The address at which it begins. */
    long address() {
        return mapping.address();
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
