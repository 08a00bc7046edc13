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

/** Memory of this process that another one can map by a descriptor: a memfd of zeroes. One thread at a time. */
public final class MemoryFile {
    private static final int PAGE = 4096;

    private final int fd;
    private final SharedMapping mapping;
    private final int bytes;

    private MemoryFile(int fd, SharedMapping mapping, int bytes) {
        this.fd = fd;
        this.mapping = mapping;
        this.bytes = bytes;
    }

    /**
     * Makes a file, and maps it.
     *
     * @param name for /proc
     * @param size bytes, to be rounded up to pages
     * @throws IOException if the system has no memory or no descriptor for it
     */
    public static MemoryFile create(String name, long size) throws IOException {
        long whole = size + PAGE - 1 & -PAGE;
        if (whole > Integer.MAX_VALUE) {
            throw new IOException("queues of " + size + " bytes are larger than 2 GiB");
        }
        int fd = SystemCalls.check("memfd_create", SystemCalls.memoryFile(name));
        try {
            SystemCalls.check("ftruncate of " + whole + " bytes", SystemCalls.truncate(fd, whole));
            return new MemoryFile(fd, SharedMapping.map(fd, whole), (int) whole);
        } catch (SystemCallException | RuntimeException | Error e) {
            SystemCalls.close(fd);
            throw e;
        }
    }

    /** To be sent to the other process; it stays open here. */
    public int descriptor() {
        return fd;
    }

    /** Where this process has it: what it is called by in messages. */
    public long address() {
        return mapping.address();
    }

    /** How long it is. */
    public int size() {
        return bytes;
    }

    /** All of it, in this process; not to be used after {@link #close}. */
    public ByteBuffer buffer() {
        return mapping.buffer(0, bytes);
    }

    /** Gives the memory back. What the other process has mapped stays there. */
    public void close() {
        mapping.unmap();
        SystemCalls.close(fd);
    }
}
