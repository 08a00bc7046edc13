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
import java.util.function.Consumer;

/**
 * The network interface behind a descriptor on a BSD. As an interface may be renamed, its name is asked for through the
 * descriptor each time, and then used for requests through a socket. This object owns both, so that no other thread
 * uses their numbers after they were closed. Any thread. FreeBSD and macOS have the same numbers for these requests.
 */
abstract class BsdLink implements Closeable {
    private static final int TRIES = 16;

    final NativeMemory request = NativeMemory.allocate(FreeBsdTap.IFREQ_SIZE);
    final DeviceCalls calls;
    final int fd;
    private final int socket;
    private boolean closed;

    /**
     * Takes over an open descriptor, which stays the caller's if this fails.
     *
     * @param domain of a datagram socket that takes requests for interfaces
     * @param type SOCK_DGRAM, with what flags the system has for it
     */
    BsdLink(DeviceCalls calls, int fd, int domain, int type) throws IOException {
        this.calls = calls;
        this.fd = fd;
        int opened = calls.socket(domain, type, 0);
        if (opened < 0) {
            throw new SystemCallException("socket(" + domain + ", SOCK_DGRAM)", -opened, null);
        }
        socket = opened;
    }

    final int descriptor() {
        return fd;
    }

    /** The name that the interface has now. */
    abstract String name() throws IOException;

    final synchronized int mtu() throws IOException {
        byName("SIOCGIFMTU", FreeBsdTap.SIOCGIFMTU);
        return request.buffer().getInt(FreeBsdTap.IFREQ_MTU);
    }

    final synchronized void setMtu(int mtu) throws IOException {
        byName("SIOCSIFMTU, " + mtu, FreeBsdTap.SIOCSIFMTU, argument -> argument.putInt(FreeBsdTap.IFREQ_MTU, mtu));
    }

    /** The IFF_ flags, including the high half on systems that have it. */
    final synchronized int flags() throws IOException {
        byName("SIOCGIFFLAGS", FreeBsdTap.SIOCGIFFLAGS);
        return request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS) & 0xffff
            | request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS_HIGH) << 16;
    }

    /** Sets some flags and clears others; makes no request, and so needs no privilege, if they are so already. */
    final synchronized void setFlags(int set, int cleared) throws IOException {
        int now = flags();
        int wanted = now & ~cleared | set;
        if (wanted != now) {
            byName("SIOCSIFFLAGS", FreeBsdTap.SIOCSIFFLAGS, argument -> argument
                .putShort(FreeBsdTap.IFREQ_FLAGS, (short) wanted)
                .putShort(FreeBsdTap.IFREQ_FLAGS_HIGH, (short) (wanted >>> 16)));
        }
    }

    final void setUp(boolean up) throws IOException {
        setFlags(up ? FreeBsdTap.IFF_UP : 0, up ? 0 : FreeBsdTap.IFF_UP);
    }

    final void byName(String call, long number) throws IOException {
        byName(call, number, argument -> { });
    }

    /** Sends a request whose argument starts with the name; repeats it if the interface was renamed meanwhile. */
    final void byName(String call, long number, Consumer<ByteBuffer> argument) throws IOException {
        for (int attempt = 1; ; attempt++) {
            String name = name();
            request.clear().putCString(0, name);
            argument.accept(request.buffer());
            try {
                toSocket(call, number);
                return;
            } catch (SystemCallException e) {
                if (!e.is(Errno.ENXIO) || attempt == TRIES || name().equals(name)) {
                    throw e;
                }
            }
        }
    }

    private void toSocket(String call, long number) throws IOException {
        int result = ioctl(socket, number, request);
        check("ioctl(" + call + ")", result, Errno.EPERM.is(result) || Errno.EACCES.is(result)
            ? "changing a network interface needs root: run as root, or let root set it with ifconfig" : null);
    }

    final int ioctl(int descriptor, long number, NativeMemory argument) throws IOException {
        ensureOpen();
        return calls.ioctl(descriptor, number, argument);
    }

    final void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the device is closed");
        }
    }

    static void check(String call, int result, String advice) throws SystemCallException {
        if (result < 0) {
            throw new SystemCallException(call, -result, advice);
        }
    }

    @Override
    public final synchronized void close() {
        if (!closed) {
            letGo();
            calls.close(fd);
        }
    }

    /** Closes everything but the descriptor, which is the caller's again. */
    final synchronized void letGo() {
        closed = true;
        calls.close(socket);
    }
}
