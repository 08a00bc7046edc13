/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.unix.Errno;

import java.io.IOException;

/**
 * Opens a socket on a queue, in the memory of another socket of this process where that can be. A socket that joins has
 * the mode of the first one, so that one which may use zero-copy mode joins only memory that is used so: rather than be
 * copied it has memory of its own, and frames move by one copy.
 */
final class XdpBinding {
    private final int index;
    private final int queue;
    private final UmemKind kind;
    private final Boolean zeroCopy;
    private final int busyPoll;
    private int error;

    /**
     * Of a queue of an interface in the namespace of the calling thread.
     *
     * @param zeroCopy {@code null} for what the driver can do
     * @param busyPoll microseconds, 0 for none
     */
    XdpBinding(int index, int queue, UmemKind kind, Boolean zeroCopy, int busyPoll) {
        this.index = index;
        this.queue = queue;
        this.kind = kind;
        this.zeroCopy = zeroCopy;
        this.busyPoll = busyPoll;
    }

    /** Why {@link #open} has returned {@code null}: the negative error number of bind(2). */
    int error() {
        return error;
    }

    /**
     * Opens and binds the socket.
     *
     * @return {@code null} if it cannot be bound
     */
    XdpSocket open() throws IOException {
        // Whoever opens or closes a socket meanwhile waits.
        synchronized (Umem.class) {
            XdpSocket joined = join(!Boolean.FALSE.equals(zeroCopy));
            return joined != null || Errno.EBUSY.is(error) ? joined : openWithOwnMemory();
        }
    }

    private XdpSocket join(boolean inPlace) throws IOException {
        Umem theirs = Umem.joinable(kind, inPlace);
        if (theirs == null) {
            return null;
        }
        XdpSocket socket = newSocket();
        return bind(socket, AfXdp.XDP_SHARED_UMEM, theirs.member()) ? attached(socket, theirs) : closed(socket);
    }

    private XdpSocket openWithOwnMemory() throws IOException {
        Umem own = new Umem(kind);
        XdpSocket socket = null;
        try {
            socket = newSocket();
            socket.register(own);
            int flags = AfXdp.XDP_USE_NEED_WAKEUP | (kind.inParts() ? AfXdp.XDP_USE_SG : 0);
            boolean inPlace = !Boolean.FALSE.equals(zeroCopy) && bind(socket, flags | AfXdp.XDP_ZEROCOPY, null);
            if (!inPlace && zeroCopy == null && !Errno.EBUSY.is(error)) {
                // Now it is known that the driver copies.
                XdpSocket joined = join(false);
                if (joined != null) {
                    return joined;
                }
            }
            if (inPlace || !Boolean.TRUE.equals(zeroCopy) && !Errno.EBUSY.is(error)
                && bind(socket, flags | AfXdp.XDP_COPY, null)) {
                XdpSocket first = attached(socket, own);
                own.offer(inPlace);
                socket = null;
                own = null;
                return first;
            }
            return null;
        } finally {
            if (socket != null) {
                socket.close();
            }
            if (own != null) {
                own.free();
            }
        }
    }

    private XdpSocket newSocket() throws IOException {
        XdpSocket socket = new XdpSocket();
        try {
            if (busyPoll > 0) {
                socket.setBusyPoll(busyPoll);
            }
            return socket;
        } catch (Throwable e) {
            socket.close();
            throw e;
        }
    }

    private boolean bind(XdpSocket socket, int flags, XdpSocket sharedWith) {
        error = socket.bind(index, queue, flags, sharedWith);
        return error >= 0;
    }

    private static XdpSocket attached(XdpSocket socket, Umem umem) {
        try {
            socket.attach(umem);
            return socket;
        } catch (Throwable e) {
            socket.close();
            throw e;
        }
    }

    private static XdpSocket closed(XdpSocket socket) {
        socket.close();
        return null;
    }
}
