/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import io.ringtap.internal.unix.LibC;
import io.ringtap.internal.unix.Platform;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;

import java.nio.file.Path;

/**
 * The physical memory of a virtual machine, which lies in a file of this one: the address of a byte is its offset in
 * the file. Maps pages of it, wherever they lie, into this process one behind the other. Any thread.
 */
final class MachineMemory {
    /** The size of a page on both machines. */
    static final int PAGE = 4096;

    private static final int EFAULT = 14;
    private static final int O_RDWR = 2;
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_FIXED = 0x10;
    private static final long MAP_FAILED = -1;

    private final Path file;

    MachineMemory(Path file) {
        this.file = file;
    }

    /** mmap(2) and munmap(2); public for the class that jnr-ffi generates. */
    public interface Functions {
        /** mmap(2). The first argument is a Pointer: with six numbers jnr-ffi 2.3.4 passes a wrong offset. */
        Pointer mmap(Pointer address, @size_t long length, int protection, int flags, int fd, @off_t long offset);

        /** munmap(2). */
        int munmap(@intptr_t long address, @size_t long length);
    }

    /** Loaded at the first mapping. */
    private static final class Holder {
        static final Functions FUNCTIONS = LibraryLoader.create(Functions.class).load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
    }

    /**
     * Maps pages, readable, writable and shared with the machine.
     *
     * @param pages the physical address of each
     * @return where the first of them is in this process, or a negative error number of this machine; EFAULT for a page
     *     that the file does not have
     */
    long map(long[] pages) {
        long length = file.toFile().length();
        for (long page : pages) {
            if (page <= 0 || page % PAGE != 0 || page > length - PAGE) {
                return -EFAULT;
            }
        }
        // The C library of this JVM, as the one in use may be that of the machine.
        LibC libC = Platform.ofJvm().libC();
        int fd = libC.open(file.toString(), O_RDWR);
        if (fd < 0) {
            return fd;
        }
        try {
            return map(fd, pages);
        } finally {
            // The mappings stay.
            libC.close(fd);
        }
    }

    private static long map(int fd, long[] pages) {
        long size = (long) pages.length * PAGE;
        // Takes addresses that are free, one behind the other; the pages replace it.
        long address = mmap(0, size, PROT_NONE, MAP_SHARED, fd, 0);
        for (int i = 0; address >= 0 && i < pages.length;) {
            int neighbours = neighbours(pages, i);
            long mapped = mmap(address + (long) i * PAGE, (long) neighbours * PAGE, PROT_READ_WRITE,
                MAP_SHARED | MAP_FIXED, fd, pages[i]);
            if (mapped < 0) {
                unmap(address, size);
                return mapped;
            }
            i += neighbours;
        }
        return address;
    }

    /** How many pages from this one on lie behind each other on the machine as well. */
    private static int neighbours(long[] pages, int first) {
        int count = 1;
        while (first + count < pages.length && pages[first + count] == pages[first] + (long) count * PAGE) {
            count++;
        }
        return count;
    }

    private static long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        Pointer at = address == 0 ? null : Pointer.wrap(Holder.RUNTIME, address);
        Pointer mapped = Holder.FUNCTIONS.mmap(at, length, protection, flags, fd, offset);
        return mapped == null || mapped.address() == MAP_FAILED ? -Holder.RUNTIME.getLastError() : mapped.address();
    }

    /** Gives back what was mapped; 0 or a negative error number. */
    static int unmap(long address, long size) {
        return Holder.FUNCTIONS.munmap(address, size) < 0 ? -Holder.RUNTIME.getLastError() : 0;
    }
}
