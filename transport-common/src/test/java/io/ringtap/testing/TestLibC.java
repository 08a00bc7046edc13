/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testing;

import jnr.ffi.LibraryLoader;

/** Calls of the C library that only tests make. A result of -1 is a failure. */
public interface TestLibC {
    /** The library. */
    TestLibC INSTANCE = LibraryLoader.create(TestLibC.class).load("c");

    /** dup2(2). */
    int dup2(int from, int to);

    /** shutdown(2): {@code how} is 0 for SHUT_RD, 1 for SHUT_WR. */
    int shutdown(int fd, int how);

    /** unshare(2), Linux: moves the calling thread, and it alone, to new namespaces. */
    int unshare(int flags);
}
