/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkState;
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
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(BsdLink.class);
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

    /** The name that the interface has now; asked for through the descriptor. */
    abstract String name() throws IOException;

    /** Opens a socket that hears of changes of interfaces, for the caller to close. */
    abstract BsdLinkNews openNews() throws IOException;

    /** The index of the interface of this name, 0 where the system does not tell it. */
    int index(String name) throws IOException {
        return 0;
    }

    /** Whether the kernel waits for the descriptor to be closed, to destroy the interface of this name. */
    boolean isLeaving(String name) throws IOException {
        return false;
    }

    /** The interface is out of reach, as in a jail with a network stack of its own: what is known of it is outdated. */
    void outOfReach() {
        // Nothing is known but what is asked for each time.
    }

    /** Takes back what was set for as long as the device is open. Whatever cannot be taken back is logged. */
    void restore() {
        // Nothing was set.
    }

    /** What to do where a user without privilege cannot set the interface up, {@code null} if there is nothing. */
    String adviceToSetUp() {
        return null;
    }

    /** Whether the descriptor says that its device is there no more. */
    final boolean isGone() {
        try {
            name();
            return false;
        } catch (SystemCallException e) {
            return e.is(Errno.ENXIO) || e.is(Errno.EBADF);
        } catch (IOException closed) {
            return false;
        }
    }

    /**
     * What the kernel says of the interface now.
     *
     * @throws SystemCallException ENXIO if the descriptor works and the interface is out of reach
     */
    final synchronized BsdLinkState state() throws IOException {
        for (int attempt = 1; ; attempt++) {
            String name = name();
            try {
                int index = index(name);
                BsdLinkState state = new BsdLinkState(index, flags(name), mtu(name), isLeaving(name));
                if (name().equals(name)) {
                    return state;
                }
            } catch (SystemCallException e) {
                if (!e.is(Errno.ENXIO)) {
                    throw e;
                }
                if (name().equals(name)) {
                    outOfReach();
                    throw e;
                }
            }
            if (attempt == TRIES) {
                throw new IOException(LinkState.shown(name) + " is renamed faster than it can be asked for");
            }
        }
    }

    private int flags(String name) throws IOException {
        toSocket("SIOCGIFFLAGS", FreeBsdTap.SIOCGIFFLAGS, named(name));
        return flagsIn(request);
    }

    private int mtu(String name) throws IOException {
        toSocket("SIOCGIFMTU", FreeBsdTap.SIOCGIFMTU, named(name));
        return request.buffer().getInt(FreeBsdTap.IFREQ_MTU);
    }

    /** The memory of a request about an interface, with nothing in it but the name. */
    final NativeMemory named(String name) {
        request.clear().putCString(0, name);
        return request;
    }

    private static int flagsIn(NativeMemory request) {
        return request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS) & 0xffff
            | request.buffer().getShort(FreeBsdTap.IFREQ_FLAGS_HIGH) << 16;
    }

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
        return flagsIn(request);
    }

    final boolean isUp() throws IOException {
        return (flags() & FreeBsdTap.IFF_UP) != 0;
    }

    /**
     * Sets some flags and clears others; makes no request, and so needs no privilege, if they are so already.
     *
     * @return whether they were not
     */
    final synchronized boolean setFlags(int set, int cleared) throws IOException {
        int now = flags();
        int wanted = now & ~cleared | set;
        if (wanted != now) {
            byName("SIOCSIFFLAGS", FreeBsdTap.SIOCSIFFLAGS, argument -> argument
                .putShort(FreeBsdTap.IFREQ_FLAGS, (short) wanted)
                .putShort(FreeBsdTap.IFREQ_FLAGS_HIGH, (short) (wanted >>> 16)));
        }
        return wanted != now;
    }

    final void setUp(boolean up) throws IOException {
        try {
            setFlags(up ? FreeBsdTap.IFF_UP : 0, up ? 0 : FreeBsdTap.IFF_UP);
        } catch (SystemCallException e) {
            if (up && isUnprivileged(e) && adviceToSetUp() != null) {
                throw new SystemCallException("set up", e, adviceToSetUp());
            }
            throw e;
        }
    }

    /** Whether a request failed because this user may not make it. */
    static boolean isUnprivileged(SystemCallException e) {
        return e.is(Errno.EPERM) || e.is(Errno.EACCES);
    }

    final void byName(String call, long number) throws IOException {
        byName(call, number, argument -> { });
    }

    /** Sends a request whose argument starts with the name; repeats it if the interface was renamed meanwhile. */
    final void byName(String call, long number, Consumer<ByteBuffer> argument) throws IOException {
        for (int attempt = 1; ; attempt++) {
            String name = name();
            argument.accept(named(name).buffer());
            try {
                toSocket(call, number, request);
                return;
            } catch (SystemCallException e) {
                if (!e.is(Errno.ENXIO) || attempt == TRIES || name().equals(name)) {
                    throw e;
                }
            }
        }
    }

    /** Sends a request on an interface, whose name stands in it. */
    final void toSocket(String call, long number, NativeMemory argument) throws IOException {
        int result = ioctl(socket, number, argument);
        check("ioctl(" + call + ")", result, Errno.EPERM.is(result) || Errno.EACCES.is(result)
            ? "changing a network interface needs root: run as root, or let root set it with ifconfig"
            : Errno.ENOTCAPABLE.is(result)
            ? "the option CAPSICUM has given up the right to change the interface: leave it unset, or set this before"
            + " bind or with ifconfig"
            : number == FreeBsdTap.SIOCSIFMTU && Errno.EOPNOTSUPP.is(result)
            ? "the interface is a member of a bridge, whose members have one MTU: set that of the bridge" : null);
    }

    /** The socket of the requests. */
    final int socket() {
        return socket;
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
        restore();
        closed = true;
        calls.close(socket);
    }

    /** Runs what takes something back when the device closes, which closes all the same if that fails. */
    final void attempt(String what, Restoration restoration) {
        try {
            restoration.run();
        } catch (IOException e) {
            LOGGER.warn("descriptor {} is closed, and its interface {}", fd, what, e);
        }
    }

    /** A request that takes something back. */
    interface Restoration {
        /** Sends it. */
        void run() throws IOException;
    }
}
