/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.unix;

import com.kenai.jffi.MemoryIO;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that a device shares through mmap(2), readable and writable. */
public final class SharedMapping {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final long MAP_FAILED = -1;

    /** The two calls that map memory; public for jnr-ffi. */
    public interface Mapper {
        /** mmap(2). The address is a Pointer: with six numbers jnr-ffi 2.3.4 hands a wrong offset over, on x86-64. */
        Pointer mmap(Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        /** munmap(2). */
        int munmap(@intptr_t long address, @size_t long length);
    }

    /** Loaded at the first mapping. */
    private static final class Holder {
        static final Mapper MAPPER = LibraryLoader.create(Mapper.class).load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(MAPPER);
    }

    private final long address;
    private final long size;

    private SharedMapping(long address, long size) {
        this.address = address;
        this.size = size;
    }

    /**
     * Maps so many bytes from the beginning.
     *
     * @throws SystemCallException if the kernel does not
     */
    public static SharedMapping map(int fd, long size) throws SystemCallException {
        Pointer mapped = Holder.MAPPER.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (mapped == null || mapped.address() == MAP_FAILED) {
            throw new SystemCallException("mmap of " + size + " bytes", Holder.RUNTIME.getLastError(), null);
        }
        return new SharedMapping(mapped.address(), size);
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
        Holder.MAPPER.munmap(address, size);
    }
}
