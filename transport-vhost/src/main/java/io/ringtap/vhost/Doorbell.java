/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

/** Rings and silences the event descriptors of one queue pair. On its event loop. */
final class Doorbell {
    private final NativeMemory one = NativeMemory.allocate(Long.BYTES);
    private final NativeMemory taken = NativeMemory.allocate(Long.BYTES);

    Doorbell() {
        one.buffer().putLong(0, 1);
    }

    /**
     * Tells who waits on a descriptor. A count that is full says the same already, and what else may be wrong with a
     * descriptor that came from the other side is its own affair.
     *
     * @param descriptor -1 for nobody
     */
    void ring(int descriptor) {
        if (descriptor >= 0) {
            SystemCalls.write(descriptor, one.address(), Long.BYTES);
        }
    }

    /** Takes what was told by a descriptor: 8 bytes or a negative error number. */
    long silence(int descriptor) {
        return SystemCalls.read(descriptor, taken.address(), Long.BYTES);
    }

    void free() {
        one.free();
        taken.free();
    }
}
