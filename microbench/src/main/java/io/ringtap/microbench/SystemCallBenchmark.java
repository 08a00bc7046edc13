/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.microbench;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The cost of a system call that does almost nothing: a write to {@code /dev/null}, and one that fails and whose error
 * is read. This is the lower bound for a frame on a loop that reads and writes frame by frame.
 */
public class SystemCallBenchmark extends Microbenchmark {
    private static final int LENGTH = 60;

    private final NativeMemory frame = NativeMemory.allocate(LENGTH);
    private int fd;

    @Setup
    public void open() throws Exception {
        fd = SystemCalls.check("open(/dev/null)", SystemCalls.open("/dev/null", SystemCalls.O_RDWR));
    }

    @TearDown
    public void close() {
        SystemCalls.close(fd);
    }

    @Benchmark
    public long write() {
        return SystemCalls.write(fd, frame.address(), LENGTH);
    }

    @Benchmark
    public boolean fails() {
        return Errno.EAGAIN.is(SystemCalls.write(-1, frame.address(), LENGTH));
    }
}
