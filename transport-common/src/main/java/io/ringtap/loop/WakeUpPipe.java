/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/** A pipe that a thread waits on among other descriptors, and others write to, to wake it up. */
final class WakeUpPipe extends PollSet.Entry {
    private static final int DRAIN = 64;

    private final NativeMemory drained = NativeMemory.allocate(DRAIN);
    private final NativeMemory signal = NativeMemory.allocate(1);
    private final int readEnd;
    private final int writeEnd;
    private boolean closed;

    WakeUpPipe() throws IOException {
        NativeMemory ends = NativeMemory.allocate(2 * Integer.BYTES);
        SystemCalls.check("pipe", SystemCalls.pipe(ends));
        readEnd = ends.buffer().getInt(0);
        writeEnd = ends.buffer().getInt(Integer.BYTES);
    }

    @Override
    int fd() {
        return readEnd;
    }

    /** Wakes the thread up. Any thread. The lock prevents a late write to a descriptor number that was reused. */
    synchronized void signal() {
        if (!closed) {
            // A pipe that is full, which the write would not wait for, wakes up as well.
            SystemCalls.write(writeEnd, signal.address(), 1);
        }
    }

    @Override
    boolean ready(int events) {
        long read;
        do {
            read = SystemCalls.read(readEnd, drained.address(), DRAIN);
        } while (read == DRAIN);
        return false;
    }

    synchronized void close() {
        if (!closed) {
            closed = true;
            SystemCalls.close(readEnd);
            SystemCalls.close(writeEnd);
        }
    }
}
