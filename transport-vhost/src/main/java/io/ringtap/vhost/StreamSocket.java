/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/** What system calls on stream sockets have in common. */
final class StreamSocket {
    static final int SOCK_STREAM = 1;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int LINUX_SOL_SOCKET = 1;
    private static final int LINUX_SO_REUSEADDR = 2;
    private static final int LINUX_SO_KEEPALIVE = 9;
    private static final int BSD_SOL_SOCKET = 0xffff;
    private static final int BSD_SO_REUSEADDR = 4;
    private static final int BSD_SO_KEEPALIVE = 8;

    private StreamSocket() {
    }

    /** A socket for an address, which neither is bound nor connected. */
    static int open(FrameStreamAddress address) throws IOException {
        return SystemCalls.check("socket", SystemCalls.nonBlockingSocket(address.family(), SOCK_STREAM, 0));
    }

    /** Lets a socket listen although connections of a former one still linger. */
    static void reuseAddress(int fd) throws IOException {
        boolean linux = OperatingSystem.isLinux();
        set(fd, linux ? LINUX_SOL_SOCKET : BSD_SOL_SOCKET, linux ? LINUX_SO_REUSEADDR : BSD_SO_REUSEADDR,
            "SO_REUSEADDR");
    }

    /** Has TCP send each frame at once, and notice a peer that has vanished. */
    static void prepareTcp(int fd) throws IOException {
        boolean linux = OperatingSystem.isLinux();
        set(fd, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
        set(fd, linux ? LINUX_SOL_SOCKET : BSD_SOL_SOCKET, linux ? LINUX_SO_KEEPALIVE : BSD_SO_KEEPALIVE,
            "SO_KEEPALIVE");
    }

    private static void set(int fd, int level, int option, String name) throws IOException {
        NativeMemory on = NativeMemory.allocate(Integer.BYTES);
        try {
            on.buffer().putInt(0, 1);
            SystemCalls.check("setsockopt(" + name + ")",
                SystemCalls.setsockopt(fd, level, option, on.address(), Integer.BYTES));
        } finally {
            on.free();
        }
    }

    /**
     * The pending error of a socket, which it has no more then: an error number, or 0.
     *
     * @param memory of an int
     */
    static int takeError(int fd, NativeMemory memory) {
        int result = FrameSocketSettings.takeError(fd, memory);
        return result < 0 ? -result : memory.buffer().getInt(0);
    }
}
