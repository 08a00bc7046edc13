/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import com.kenai.jffi.MemoryIO;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The region that the kernel's netmap shares, mapped. */
final class KernelMemory extends NetmapMemory {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final long MAP_FAILED = -1;

    /** The two calls that map memory. */
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

    private KernelMemory(long address, long size) {
        super(size);
        this.address = address;
    }

    /**
     * Maps the region of a registered descriptor.
     *
     * @throws NetmapException if the kernel does not
     */
    static KernelMemory map(int fd, long size, String port) throws NetmapException {
        Pointer mapped = Holder.MAPPER.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (mapped == null || mapped.address() == MAP_FAILED) {
            throw KernelNetmapFile.failed("mmap of " + size + " bytes for " + port, Holder.RUNTIME.getLastError());
        }
        return new KernelMemory(mapped.address(), size);
    }

    @Override
    protected ByteBuffer map(long offset, int length) {
        return MemoryIO.getInstance().newDirectByteBuffer(address + offset, length).order(ByteOrder.nativeOrder());
    }

    @Override
    protected void deallocate() {
        Holder.MAPPER.munmap(address, size());
    }
}
