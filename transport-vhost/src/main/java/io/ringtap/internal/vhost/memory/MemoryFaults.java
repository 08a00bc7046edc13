/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.memory;

/**
 * When the JVM throws the {@link InternalError} for memory that was there no longer when it was read or written, as the
 * other process has shortened its file. JDK 25 throws at the access itself. JDK 17 notes the error, and throws it some
 * time later: when the thread comes back from a slow path of compiled code into the JVM. Without such a path at once,
 * the error would come up in a handler that has nothing to do with the guest, or end the event loop.
 */
public final class MemoryFaults {
    private static final boolean LATE = Runtime.version().feature() < 25;
    /** Compilers expand an array of arrays if these are fewer. */
    private static final int ARRAYS = 8;

    /** Written only, so that no compiler leaves the allocation out. */
    private static byte[][] allocated;

    private MemoryFaults() {
    }

    /**
     * Has the error of an earlier access thrown here and not later.
     *
     * @throws InternalError if this thread has used memory that is not there
     */
    public static void throwPending() {
        if (LATE) {
            // OptoRuntime::multianewarray2_C and its like in the other compiler and the interpreter: a call into the
            // JVM that checks for such an error when it returns. A native method does not, when it is compiled.
            allocated = new byte[ARRAYS][0];
        }
    }

    /** Called when one such error was caught: takes away the one of another access, if it is still to be thrown. */
    public static void dropPending() {
        try {
            throwPending();
        } catch (InternalError dropped) {
            // There is room for one only.
            return;
        }
    }
}
