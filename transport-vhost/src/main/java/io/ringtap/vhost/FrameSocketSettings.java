/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.channel.ChannelOption;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/**
 * The options that a socket is opened with.
 *
 * @param remote the socket of the peer, {@code null} for whoever sends first
 * @param vfkit whether to begin with the datagram of vfkit
 * @param server whether to listen for connections, or to connect
 * @param reconnectMillis how long to wait until connecting again
 * @param mode permissions of the file
 * @param maxFrame the longest frame in bytes
 * @param sendBuffer bytes, {@code null} for what the system has
 */
record FrameSocketSettings(FrameDatagramAddress remote, boolean vfkit, boolean server, int reconnectMillis, int mode,
                           int maxFrame, Integer sendBuffer) {
    private static final int LINUX_SOL_SOCKET = 1;
    private static final int LINUX_SO_ERROR = 4;
    private static final int LINUX_SO_SNDBUF = 7;
    private static final int BSD_SOL_SOCKET = 0xffff;
    private static final int BSD_SO_SNDBUF = 0x1001;
    private static final int BSD_SO_ERROR = 0x1007;

    /** Sets what belongs to the socket. */
    void applyTo(int fd) throws IOException {
        if (sendBuffer == null) {
            return;
        }
        NativeMemory bytes = NativeMemory.allocate(Integer.BYTES);
        try {
            bytes.buffer().putInt(0, sendBuffer);
            boolean linux = OperatingSystem.isLinux();
            SystemCalls.check("setsockopt(" + ChannelOption.SO_SNDBUF + ")", SystemCalls.setsockopt(fd,
                linux ? LINUX_SOL_SOCKET : BSD_SOL_SOCKET, linux ? LINUX_SO_SNDBUF : BSD_SO_SNDBUF, bytes.address(),
                Integer.BYTES));
        } finally {
            bytes.free();
        }
    }

    /**
     * Asks a socket for its pending error, which it has no more then.
     *
     * @param into takes the error number, 0 for none: an int
     * @return a negative error number if it cannot be asked
     */
    static int takeError(int fd, NativeMemory into) {
        boolean linux = OperatingSystem.isLinux();
        return SystemCalls.getsockopt(fd, linux ? LINUX_SOL_SOCKET : BSD_SOL_SOCKET,
            linux ? LINUX_SO_ERROR : BSD_SO_ERROR, into);
    }
}
