/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/** The event bits of poll.h, the same on Linux, the BSDs and macOS; epoll and io_uring use them as well. */
public final class PollEvents {
    /** There is something to read. */
    public static final int POLLIN = 0x01;
    /** There is room to write. */
    public static final int POLLOUT = 0x04;
    /** The descriptor is in error. */
    public static final int POLLERR = 0x08;
    /** The other end has hung up. */
    public static final int POLLHUP = 0x10;
    /** The descriptor is not open. */
    public static final int POLLNVAL = 0x20;

    private PollEvents() {
    }
}
