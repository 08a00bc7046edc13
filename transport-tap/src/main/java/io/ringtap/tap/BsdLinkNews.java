/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A non-blocking routing socket (route(4)) that hears of every change of an interface: wait on {@link #descriptor()},
 * then {@link #read}. Numbers and structs from {@code net/route.h} and {@code net/if.h}; those that are read here are
 * the same on FreeBSD and macOS. On the event loop.
 *
 * <p>The kernel throws messages away when the buffer of the socket is full. FreeBSD says so since release 14
 * (SO_RERROR); older releases, macOS, and the queue in front of the sockets say nothing.
 */
final class BsdLinkNews implements Closeable {
    private static final int RTM_VERSION = 5;
    private static final int RTM_IFINFO = 0xe;
    private static final int RTM_IFANNOUNCE = 0x11;
    /** struct if_msghdr and struct if_announcemsghdr begin alike. */
    private static final int LENGTH = 0;
    private static final int VERSION = 2;
    private static final int TYPE = 3;
    /** struct if_announcemsghdr. */
    private static final int IFAN_INDEX = 4;
    private static final int IFAN_END = 24;
    /** struct if_msghdr, and in it struct if_data. */
    private static final int IFM_FLAGS = 8;
    private static final int IFM_INDEX = 12;
    private static final int IFM_MTU = 16 + 8;
    private static final int IFM_END = IFM_MTU + Integer.BYTES;
    /** Of a longer message, such as one of a route, nothing is needed. */
    private static final int ROOM = 2048;
    /** The most messages of one read, so that other descriptors are served too. */
    private static final int MOST_AT_ONCE = 256;

    private final DeviceCalls calls;
    private final int fd;
    private final NativeMemory memory = NativeMemory.allocate(ROOM);
    private boolean closed;

    /** What is heard. */
    interface Listener {
        /** Something of an interface changed; its index is never 0. */
        void linkChanged(BsdLinkState state);

        /** An interface appeared, went away, or has another name now: a rename is a departure and an arrival. */
        void linkAnnounced(int index);

        /** Messages were lost: ask for what you need to know. */
        void newsLost();
    }

    /** Takes over an open routing socket that does not block. */
    BsdLinkNews(DeviceCalls calls, int fd) {
        this.calls = calls;
        this.fd = fd;
    }

    /** The socket, to wait on. */
    int descriptor() {
        return fd;
    }

    /** Passes on what was heard: all of it, unless there is so much that the rest has to wait for the next call. */
    void read(Listener listener) throws IOException {
        for (int messages = 0; !closed && messages < MOST_AT_ONCE; messages++) {
            long received = receive(0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            if (Errno.ENOBUFS.is(received)) {
                listener.newsLost();
                continue;
            }
            tell(listener, checked(received));
        }
    }

    /** Whether a message waits to be read; it stays there. */
    boolean hasNews() throws IOException {
        long received = receive(FreeBsdTap.MSG_PEEK);
        if (Errno.EAGAIN.is(received)) {
            return false;
        }
        if (!Errno.ENOBUFS.is(received)) {
            checked(received);
        }
        return true;
    }

    private long receive(int flags) {
        long received;
        do {
            received = calls.recv(fd, memory, flags);
        } while (Errno.EINTR.is(received));
        return received;
    }

    private static int checked(long received) throws SystemCallException {
        if (received < 0) {
            throw new SystemCallException("recv(PF_ROUTE)", (int) -received, null);
        }
        if (received == 0) {
            throw new SystemCallException("recv(PF_ROUTE)", Errno.ENOTCONN.number(), null);
        }
        return (int) received;
    }

    private void tell(Listener listener, int received) {
        ByteBuffer message = memory.buffer();
        if (received <= TYPE || message.get(VERSION) != RTM_VERSION) {
            return;
        }
        int type = message.get(TYPE);
        int length = Math.min(received, message.getShort(LENGTH) & 0xffff);
        if (type == RTM_IFINFO && length >= IFM_END) {
            listener.linkChanged(new BsdLinkState(message.getShort(IFM_INDEX) & 0xffff, message.getInt(IFM_FLAGS),
                message.getInt(IFM_MTU), false));
        } else if (type == RTM_IFANNOUNCE && length >= IFAN_END) {
            listener.linkAnnounced(message.getShort(IFAN_INDEX) & 0xffff);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            calls.close(fd);
            memory.free();
        }
    }
}
