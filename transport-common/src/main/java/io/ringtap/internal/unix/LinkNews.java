/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A non-blocking rtnetlink(7) socket that hears of every change of a link, in the network namespace of the thread that
 * opens it: wait on {@link #descriptor()}, then {@link #read}. Numbers from {@code linux/netlink.h}. Safe for any
 * thread.
 *
 * <p>It also hears of links in other namespaces, which it knows by the number that its own namespace has for each, see
 * {@link RouteNetlink}.
 */
public final class LinkNews implements Closeable {
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_LISTEN_ALL_NSID = 8;
    /** The most messages of one read, so that other descriptors are served too. */
    private static final int MOST_AT_ONCE = 256;
    /** More than a socket's buffer holds. */
    private static final int MOST_WAITING = 10_000;
    /** On an LP64 system: struct msghdr, its one struct iovec, and control data for one int. */
    private static final int MSGHDR_IOV = 16;
    private static final int MSGHDR_IOVLEN = 24;
    private static final int MSGHDR_CONTROL = 32;
    private static final int MSGHDR_CONTROLLEN = 40;
    private static final int MSGHDR_FLAGS = 48;
    private static final int IOVEC = 56;
    private static final int CONTROL = 72;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    private static final int CONTROL_ROOM = 64;

    private final RouteSocket socket;
    private final NativeMemory header;

    /** What is heard; a namespace is {@link RouteNetlink#HERE} or the number that this one has for another. */
    public interface Listener {
        /** An interface appeared or something of it changed. */
        void linkChanged(int namespace, LinkState state);

        /** An interface was deleted, or moved to another namespace. */
        void linkRemoved(int namespace, int index);

        /** There were more news than the buffer of the socket takes, or longer ones: ask for what you need to know. */
        void newsLost();
    }

    private LinkNews(RouteSocket socket, NativeMemory header) {
        this.socket = socket;
        this.header = header;
    }

    /**
     * Opens a socket and subscribes to changes of links.
     *
     * @throws SystemCallException if the system gives no socket
     */
    public static LinkNews open() throws SystemCallException {
        NativeMemory header = NativeMemory.allocate(CONTROL + CONTROL_ROOM);
        try {
            return new LinkNews(new RouteSocket(RouteSocket.SOCK_NONBLOCK, RouteSocket.RTMGRP_LINK), header);
        } catch (Throwable e) {
            header.free();
            throw e;
        }
    }

    /** The socket, to wait on. */
    public int descriptor() {
        return socket.descriptor();
    }

    /**
     * Sets whether this subscription also hears of the namespaces that its own has a number for. It hears nothing of
     * those in whose user namespace it has no CAP_NET_BROADCAST, and the kernel does not report that.
     *
     * @throws SystemCallException EPERM without CAP_NET_BROADCAST
     */
    public synchronized void hearOfAllNamespaces(boolean all) throws IOException {
        socket.ensureOpen();
        header.buffer().putInt(CONTROL, all ? 1 : 0);
        SystemCalls.check("setsockopt(NETLINK_LISTEN_ALL_NSID)", SystemCalls.setsockopt(socket.descriptor(),
            SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, header.address() + CONTROL, Integer.BYTES));
    }

    /** Passes on what was heard: all of it, unless there is so much that the rest has to wait for the next call. */
    public synchronized void read(Listener listener) throws IOException {
        for (int messages = 0; !socket.isClosed() && messages < MOST_AT_ONCE; messages++) {
            long received = receive(0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            ByteBuffer msghdr = header.buffer();
            if (Errno.ENOBUFS.is(received)
                || received >= 0 && (msghdr.getInt(MSGHDR_FLAGS) & RouteSocket.MSG_TRUNC) != 0) {
                listener.newsLost();
                continue;
            }
            SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
            int namespace = RouteNetlink.HERE;
            if (msghdr.getLong(MSGHDR_CONTROLLEN) >= CMSG_DATA + Integer.BYTES
                && msghdr.getInt(CONTROL + CMSG_LEVEL) == SOL_NETLINK
                && msghdr.getInt(CONTROL + CMSG_TYPE) == NETLINK_LISTEN_ALL_NSID) {
                namespace = msghdr.getInt(CONTROL + CMSG_DATA);
            }
            tell(listener, namespace, (int) received);
        }
    }

    /** Throws away what was heard so far, before the state is asked for: what waits is older than the answer. */
    public synchronized void skip() throws IOException {
        socket.ensureOpen();
        for (int messages = 0; messages < MOST_WAITING; messages++) {
            long received = receive(0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            if (!Errno.ENOBUFS.is(received)) {
                SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
            }
        }
    }

    /** Whether a message waits to be read; it stays there. */
    public synchronized boolean hasNews() throws IOException {
        socket.ensureOpen();
        long received = receive(RouteSocket.MSG_PEEK);
        if (Errno.EAGAIN.is(received)) {
            return false;
        }
        if (!Errno.ENOBUFS.is(received)) {
            SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
        }
        return true;
    }

    private long receive(int flags) {
        NativeMemory memory = socket.memory();
        long received;
        do {
            header.clear().buffer()
                .putLong(MSGHDR_IOV, header.address() + IOVEC).putLong(MSGHDR_IOVLEN, 1)
                .putLong(MSGHDR_CONTROL, header.address() + CONTROL).putLong(MSGHDR_CONTROLLEN, CONTROL_ROOM)
                .putLong(IOVEC, memory.address()).putLong(IOVEC + Long.BYTES, memory.size());
            received = SystemCalls.recvmsg(socket.descriptor(), header.address(), flags);
        } while (Errno.EINTR.is(received));
        return received;
    }

    private void tell(Listener listener, int namespace, int received) {
        ByteBuffer message = socket.memory().buffer();
        int least = RouteMessage.NLMSG_HEADER + RouteMessage.IFINFOMSG;
        for (int at = 0; at + least <= received; at += RouteMessage.align(message.getInt(at))) {
            int type = message.getShort(at + RouteMessage.TYPE);
            if (type == RouteMessage.RTM_NEWLINK) {
                listener.linkChanged(namespace, RouteMessage.link(message, at));
            } else if (type == RouteMessage.RTM_DELLINK && message.get(at + RouteMessage.NLMSG_HEADER) == 0) {
                // Family 0: a message of another family, such as AF_BRIDGE, says that the link left a bridge.
                listener.linkRemoved(namespace, message.getInt(at + RouteMessage.NLMSG_HEADER + 4));
            }
            if (socket.isClosed() || message.getInt(at) < RouteMessage.NLMSG_HEADER) {
                break;
            }
        }
    }

    @Override
    public synchronized void close() {
        if (socket.close()) {
            header.free();
        }
    }
}
