/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.loop;

import io.ringtap.loop.Readiness;

/**
 * One descriptor on an event loop that reads and writes it itself, many frames for one system call: a {@link Readiness}
 * with operations that complete. None of them blocks: one that finds nothing, or no room, completes with -EAGAIN. All
 * methods are called on the event loop, and so is the listener.
 */
public interface Operations extends Readiness {
    /** Receives ready events and completions. */
    interface Listener extends Readiness.Listener {
        /**
         * A read has completed; also after {@link #cancel()}, as its memory is in use until then.
         *
         * @param slot as given to {@link #read}
         * @param result bytes read, or a negative error number
         */
        void readDone(int slot, int result);

        /**
         * A write has completed; also after {@link #cancel()}.
         *
         * @param slot as given to {@link #write}
         * @param result bytes written, or a negative error number
         */
        void writeDone(int slot, int result);
    }

    /**
     * Reads into native memory, once the loop goes to the kernel. Reads complete in the order they were given.
     *
     * @param slot a number below {@link #SLOTS} that is not in use
     * @param address where to; stays the same for a slot as a rule, which makes the operation free of garbage
     */
    void read(int slot, long address, int length);

    /**
     * Writes one frame, once the loop goes to the kernel. Writes complete in the order they were given; one that fails
     * does not keep those behind it from being done.
     *
     * @param slot a number below {@link #SLOTS} that is not in use
     * @param address where the frame lies, until the write has completed
     * @param length bytes
     */
    void write(int slot, long address, int length);

    /** How many reads, and how many writes, may be in use at once. */
    int SLOTS = 64;
}
