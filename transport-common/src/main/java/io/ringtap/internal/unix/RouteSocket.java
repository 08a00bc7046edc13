/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.IOException;

/**
 * A rtnetlink(7) socket in the network namespace of the thread that opens it, and the memory that it receives into.
 * Numbers from {@code linux/netlink.h} and {@code linux/rtnetlink.h}. Not thread safe: its owner locks.
 */
final class RouteSocket {
    static final int SOCK_NONBLOCK = 0x800;
    static final int RTMGRP_LINK = 1;
    static final int MSG_PEEK = 0x02;
    static final int MSG_TRUNC = 0x20;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int NETLINK_ROUTE = 0;
    private static final int SOCKADDR_NL = 12;
    /** A message is one to two thousand octets long; see {@link #makeRoom} for longer ones. */
    private static final int ROOM = 8 * 1024;

    private final int fd;
    private NativeMemory memory;
    private boolean closed;

    /**
     * Opens a socket.
     *
     * @param flags {@link #SOCK_NONBLOCK} or 0
     * @param groups which changes it hears of, {@link #RTMGRP_LINK} or 0
     */
    RouteSocket(int flags, int groups) throws SystemCallException {
        memory = NativeMemory.allocate(ROOM);
        int opened = -1;
        try {
            opened = SystemCalls.check("socket(AF_NETLINK)",
                SystemCalls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC | flags, NETLINK_ROUTE));
            NativeMemory address = NativeMemory.allocate(SOCKADDR_NL);
            address.buffer().putShort(0, (short) AF_NETLINK).putInt(8, groups);
            int bound = SystemCalls.bind(opened, address);
            address.free();
            SystemCalls.check("bind(AF_NETLINK)", bound);
        } catch (Throwable e) {
            memory.free();
            if (opened >= 0) {
                SystemCalls.close(opened);
            }
            throw e;
        }
        fd = opened;
    }

    int descriptor() {
        return fd;
    }

    NativeMemory memory() {
        return memory;
    }

    boolean isClosed() {
        return closed;
    }

    void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the interface's control socket is closed");
        }
    }

    /** Sends the message that was put into the memory. */
    void send(String call) throws IOException {
        int length = memory.buffer().position();
        memory.buffer().putInt(0, length);
        long sent;
        do {
            sent = SystemCalls.send(fd, memory.address(), length, 0);
        } while (Errno.EINTR.is(sent));
        SystemCalls.check(call, (int) sent);
    }

    /** Waits for an answer, however long it is, and returns its length. */
    int receive(String call) throws IOException {
        makeRoom(receive(call, MSG_PEEK | MSG_TRUNC));
        return receive(call, 0);
    }

    private int receive(String call, int flags) throws IOException {
        long received;
        do {
            received = SystemCalls.recv(fd, memory.address(), memory.size(), flags);
        } while (Errno.EINTR.is(received));
        return SystemCalls.check(call, (int) received);
    }

    private void makeRoom(int waiting) {
        if (waiting > memory.size()) {
            NativeMemory larger = NativeMemory.allocate(waiting);
            memory.free();
            memory = larger;
        }
    }

    /** Returns whether it was open. */
    boolean close() {
        if (closed) {
            return false;
        }
        closed = true;
        SystemCalls.close(fd);
        memory.free();
        return true;
    }
}
