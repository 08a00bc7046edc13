/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import jnr.ffi.LibraryLoader;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int32_t;

/** Functions of the C library that only tests call. A result of -1 is a failure. */
public interface TestLibC {
    /** The library. */
    TestLibC INSTANCE = LibraryLoader.create(TestLibC.class).load("c");

    /** dup2(2). */
    int dup2(int from, int to);

    /** shutdown(2): {@code how} is 0 for SHUT_RD, 1 for SHUT_WR. */
    int shutdown(int fd, int how);

    /** connect(2): {@code address} is that of a struct sockaddr. */
    int connect(int fd, @intptr_t long address, @u_int32_t long length);

    /** setsockopt(2): {@code value} is the address of the value. */
    int setsockopt(int fd, int level, int option, @intptr_t long value, @u_int32_t long length);

    /** capset(2), Linux: sets the capabilities of the calling thread; addresses of header and data. */
    int capset(@intptr_t long header, @intptr_t long data);

    /** unshare(2), Linux: moves the calling thread, and it alone, to new namespaces. */
    int unshare(int flags);
}
