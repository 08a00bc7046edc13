/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.io.Closeable;
import java.io.IOException;

/** Two non-blocking descriptors: the ends of a pipe, or a pair of connected sockets. Any thread. */
public final class DescriptorPair implements Closeable {
    private static final int SOCK_STREAM = 1;
    private static final int BLOCK = 4096;

    private final NativeMemory memory = NativeMemory.allocate(BLOCK);
    private int first;
    private int second;

    private DescriptorPair(NativeMemory ends) {
        first = ends.buffer().getInt(0);
        second = ends.buffer().getInt(Integer.BYTES);
    }

    /** Opens a pipe. {@link #first()} is the end to read from. */
    public static DescriptorPair pipe() throws IOException {
        NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES);
        SystemCalls.check("pipe", SystemCalls.pipe(ends));
        return new DescriptorPair(ends);
    }

    /** Opens a pair of connected stream sockets. */
    public static DescriptorPair sockets() throws IOException {
        NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES);
        SystemCalls.check("socketpair", SystemCalls.socketPair(SOCK_STREAM, ends));
        return new DescriptorPair(ends);
    }

    /** The first descriptor. */
    public int first() {
        return first;
    }

    /** The second descriptor. */
    public int second() {
        return second;
    }

    /** Writes one byte to a descriptor. Returns 1, or a negative error number. */
    public synchronized int write(int fd) {
        return (int) SystemCalls.write(fd, memory.address(), 1);
    }

    /** Reads one byte from a descriptor. Returns 1, 0 at the end, or a negative error number. */
    public synchronized int read(int fd) {
        return (int) SystemCalls.read(fd, memory.address(), 1);
    }

    /** Writes until there is no more room. */
    public synchronized void fill(int fd) {
        while (SystemCalls.write(fd, memory.address(), BLOCK) > 0) {
            continue;
        }
    }

    /** Reads until there is no more, and returns the number of bytes. */
    public synchronized int drain(int fd) {
        int bytes = 0;
        long n;
        while ((n = SystemCalls.read(fd, memory.address(), BLOCK)) > 0) {
            bytes += (int) n;
        }
        if (n < 0 && !Errno.EAGAIN.is(n)) {
            throw new IllegalStateException("read: " + Errno.nameOf((int) -n));
        }
        return bytes;
    }

    /** Closes the first. */
    public synchronized void closeFirst() {
        if (first >= 0) {
            SystemCalls.close(first);
            first = -1;
        }
    }

    /** Closes the second. */
    public synchronized void closeSecond() {
        if (second >= 0) {
            SystemCalls.close(second);
            second = -1;
        }
    }

    /** Closes what is open. */
    @Override
    public void close() {
        closeFirst();
        closeSecond();
    }
}
