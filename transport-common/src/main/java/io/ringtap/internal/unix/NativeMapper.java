/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

/** Maps memory into this process by the C library, through jnr-ffi. */
final class NativeMapper implements MemoryMapper {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final long MAP_FAILED = -1;

    /** The two functions as jnr-ffi sees them; public for the class that it generates. */
    public interface Functions {
        /** mmap(2). The address is a Pointer: with six numbers jnr-ffi 2.3.4 hands a wrong offset over, on x86-64. */
        Pointer mmap(Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        /** munmap(2). */
        int munmap(@intptr_t long address, @size_t long length);
    }

    /** Loaded at the first mapping. */
    private static final class Holder {
        static final Functions FUNCTIONS = LibraryLoader.create(Functions.class).load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
    }

    @Override
    public long map(int fd, long size) {
        return map(fd, size, 0);
    }

    @Override
    public long map(int fd, long size, long offset) {
        Pointer mapped = Holder.FUNCTIONS.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, offset);
        return mapped == null || mapped.address() == MAP_FAILED ? -Holder.RUNTIME.getLastError() : mapped.address();
    }

    @Override
    public int unmap(long address, long size) {
        return Holder.FUNCTIONS.munmap(address, size) < 0 ? -Holder.RUNTIME.getLastError() : 0;
    }
}
