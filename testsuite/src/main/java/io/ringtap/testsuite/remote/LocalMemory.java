/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Memory of this process by its address, as system calls are given it. */
final class LocalMemory {
    private LocalMemory() {
    }

    static byte[] read(long address, long length) {
        byte[] bytes = new byte[Math.toIntExact(length)];
        if (length > 0) {
            Pointer.wrap(Runtime.getSystemRuntime(), address).get(0, bytes, 0, bytes.length);
        }
        return bytes;
    }

    static void write(long address, byte[] bytes, int from, int length) {
        if (length > 0) {
            Pointer.wrap(Runtime.getSystemRuntime(), address).put(0, bytes, from, length);
        }
    }
}
