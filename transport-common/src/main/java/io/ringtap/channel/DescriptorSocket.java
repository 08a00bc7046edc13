/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.internal.unix.AncillaryMessage;
import io.ringtap.internal.unix.Descriptors;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.PollEvents;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A stream socket of the Unix domain by which a process hands open descriptors to another: that of a tap, for instance,
 * which a privileged process has opened, and of which an unprivileged one makes a channel. It does not block, and is
 * waited on by its {@link #descriptor()}, as on an event loop of {@link io.ringtap.loop.PollIoHandler}. Linux passes
 * descriptors (SCM_RIGHTS, unix(7)); on other systems only bytes pass.
 *
 * <p>Not thread safe.
 */
public final class DescriptorSocket implements AutoCloseable {
    /** How many descriptors go with one message at most. */
    public static final int MOST = AncillaryMessage.MOST;

    private static final int SOCK_STREAM = 1;
    private static final int BACKLOG = 64;
    private static final int BUFFER = 16 << 10;
    private static final int LINUX_SOL_SOCKET = 1;
    private static final int LINUX_SO_PEERCRED = 17;
    /** {@code sys/un.h} of FreeBSD and of macOS. */
    private static final int SOL_LOCAL = 0;
    private static final int LOCAL_PEERCRED = 1;
    /** struct ucred of Linux: process, user, group. */
    private static final int LINUX_USER = 4;
    private static final int LINUX_GROUP = 8;
    /** struct xucred of {@code sys/ucred.h}: version, user, number of groups, groups. */
    private static final int BSD_USER = 4;
    private static final int BSD_GROUP = 12;
    private static final int CREDENTIALS = 128;
    /** struct pollfd: an int and two shorts. */
    private static final int POLLFD = 8;

    private final int fd;
    private NativeMemory memory;
    private AncillaryMessage message;
    private boolean closed;

    /**
     * Who has made a socket, or has connected it.
     *
     * @param user its numeric id
     * @param group its numeric id
     */
    public record Peer(long user, long group) {
    }

    private DescriptorSocket(int fd) {
        this.fd = fd;
    }

    /**
     * Connects to a socket that listens.
     *
     * @throws IOException if nobody listens there, or this user may not connect
     */
    public static DescriptorSocket connect(Path path) throws IOException {
        return open(path, "connect", (fd, address) -> SystemCalls.connect(fd, address));
    }

    /**
     * Makes a socket that listens. Its file has the permissions that the umask of the process leaves.
     *
     * @throws IOException if there can be no such file
     */
    public static DescriptorSocket listen(Path path) throws IOException {
        return open(path, "bind", (fd, address) -> {
            int bound = SystemCalls.bind(fd, address);
            return bound < 0 ? bound : SystemCalls.listen(fd, BACKLOG);
        });
    }

    private interface Call {
        int on(int fd, NativeMemory address);
    }

    private static DescriptorSocket open(Path path, String what, Call call) throws IOException {
        UnixSocketName name;
        try {
            // Whole, as a path that begins with an @ is no abstract name here.
            name = new UnixSocketName(path.toAbsolutePath().toString());
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
        int fd = SystemCalls.check("socket(AF_UNIX)",
            SystemCalls.nonBlockingSocket(UnixSocketName.AF_UNIX, SOCK_STREAM, 0));
        NativeMemory address = null;
        boolean done = false;
        try {
            address = name.toSockaddr();
            SystemCalls.check(what + "(" + path + ")", call.on(fd, address));
            done = true;
            return new DescriptorSocket(fd);
        } finally {
            if (address != null) {
                address.free();
            }
            if (!done) {
                SystemCalls.close(fd);
            }
        }
    }

    /**
     * Takes a connection of a socket that listens.
     *
     * @return {@code null} if there is none
     * @throws IOException if there is one that cannot be taken, as where the process may open no more descriptors
     */
    public DescriptorSocket accept() throws IOException {
        while (true) {
            int accepted = SystemCalls.accept(fd);
            if (accepted >= 0) {
                return new DescriptorSocket(accepted);
            }
            if (Errno.EAGAIN.is(accepted)) {
                return null;
            }
            if (!Errno.EINTR.is(accepted) && !Errno.ECONNABORTED.is(accepted)) {
                throw new SystemCallException("accept", -accepted, null);
            }
        }
    }

    /** The descriptor of the socket itself, to wait on; it is closed by {@link #close}. */
    public int descriptor() {
        return fd;
    }

    /** What a message brought: descriptors that the receiver closes, or gives away. */
    public static final class Received {
        private final List<Integer> descriptors = new ArrayList<>();

        /** Made by who receives. */
        public Received() {
        }

        /** The descriptors that have come and were not taken, the first one first. */
        public List<Integer> descriptors() {
            return List.copyOf(descriptors);
        }

        /** Takes the first one, which is the caller's to close then; -1 if there is none. */
        public int take() {
            return descriptors.isEmpty() ? -1 : descriptors.remove(0);
        }

        /** Takes all that others brought. */
        public void takeAll(Received others) {
            descriptors.addAll(others.descriptors);
            others.descriptors.clear();
        }

        /** Closes those that were not taken. Repeating it is harmless. */
        public void close() {
            while (!descriptors.isEmpty()) {
                SystemCalls.close(take());
            }
        }
    }

    /**
     * Receives what has come.
     *
     * @param into gets the bytes, at most so many as there is room
     * @param along gets the descriptors that were sent with the last of these bytes, each closed when another program
     *     is executed
     * @return the bytes, 0 if none have come, -1 at the end
     * @throws IOException if the connection is broken, or descriptors were lost; what came along is in {@code along}
     */
    public int receive(ByteBuffer into, Received along) throws IOException {
        int length = Math.min(BUFFER, into.remaining());
        prepare();
        long received;
        if (OperatingSystem.isLinux()) {
            try (Descriptors descriptors = new Descriptors()) {
                try {
                    received = message.receive(fd, memory, 0, length, descriptors);
                } finally {
                    for (int i = 0; i < descriptors.count(); i++) {
                        // In this order, so that it is closed if there is no memory to keep it.
                        along.descriptors.add(descriptors.get(i));
                        descriptors.take(i);
                    }
                }
            }
        } else {
            received = SystemCalls.read(fd, memory.address(), length);
        }
        if (received > 0) {
            into.put(memory.buffer().slice(0, (int) received));
            return (int) received;
        }
        if (received < 0 && !isForLater(received)) {
            throw new SystemCallException("recvmsg", (int) -received, null);
        }
        return received == 0 ? -1 : 0;
    }

    private static boolean isForLater(long result) {
        return Errno.EAGAIN.is(result) || Errno.EINTR.is(result);
    }

    private void prepare() throws IOException {
        if (closed) {
            throw new IOException("the socket is closed");
        }
        if (memory == null) {
            memory = NativeMemory.allocate(BUFFER);
        }
        if (message == null) {
            message = new AncillaryMessage();
        }
    }

    /**
     * Sends what there is room for.
     *
     * @param bytes whose position moves by those that were sent
     * @param along at most {@value #MOST} descriptors that go with the first byte, and stay open here; none where there
     *     are no bytes
     * @return how many bytes were sent: if any, the descriptors have gone; if none, there was no room
     * @throws IOException if the connection is broken
     * @throws IllegalArgumentException if there are too many descriptors
     * @throws UnsupportedOperationException if descriptors are to go on a system other than Linux
     */
    public int send(ByteBuffer bytes, int... along) throws IOException {
        if (along.length > 0 && !OperatingSystem.isLinux()) {
            throw new UnsupportedOperationException("descriptors are passed on Linux only");
        }
        if (along.length > MOST) {
            throw new IllegalArgumentException(along.length + " descriptors are to go along, of " + MOST
                + " at most");
        }
        int length = Math.min(BUFFER, bytes.remaining());
        if (length == 0) {
            return 0;
        }
        prepare();
        memory.buffer().put(0, bytes, bytes.position(), length);
        long sent = OperatingSystem.isLinux() ? message.send(fd, memory, 0, length, along)
            : SystemCalls.write(fd, memory.address(), length);
        if (sent < 0) {
            if (isForLater(sent)) {
                return 0;
            }
            throw new SystemCallException("sendmsg", (int) -sent, null);
        }
        bytes.position(bytes.position() + (int) sent);
        return (int) sent;
    }

    /**
     * Waits until there is something to receive, or the end of the connection.
     *
     * @param seconds to wait at most
     * @return whether there is
     * @throws IOException if that cannot be waited for
     */
    public boolean await(int seconds) throws IOException {
        NativeMemory entry = NativeMemory.allocate(POLLFD).clear();
        NativeMemory time = NativeMemory.allocate(2 * Long.BYTES);
        try {
            entry.buffer().putInt(0, fd).putShort(Integer.BYTES, (short) PollEvents.POLLIN);
            time.buffer().putLong(0, seconds).putLong(Long.BYTES, 0);
            int ready;
            do {
                ready = SystemCalls.poll(entry, 1, time);
            } while (Errno.EINTR.is(ready));
            return SystemCalls.check("poll", ready) > 0;
        } finally {
            entry.free();
            time.free();
        }
    }

    /**
     * Who is at the other end, as the kernel knows: SO_PEERCRED of unix(7), LOCAL_PEERCRED of the BSDs and macOS.
     *
     * @throws IOException if it does not know
     */
    public Peer peer() throws IOException {
        boolean linux = OperatingSystem.isLinux();
        NativeMemory credentials = NativeMemory.allocate(CREDENTIALS);
        try {
            SystemCalls.check("getsockopt(PEERCRED)", SystemCalls.getsockopt(fd, linux ? LINUX_SOL_SOCKET : SOL_LOCAL,
                linux ? LINUX_SO_PEERCRED : LOCAL_PEERCRED, credentials));
            ByteBuffer words = credentials.buffer();
            return new Peer(Integer.toUnsignedLong(words.getInt(linux ? LINUX_USER : BSD_USER)),
                Integer.toUnsignedLong(words.getInt(linux ? LINUX_GROUP : BSD_GROUP)));
        } finally {
            credentials.free();
        }
    }

    /** Closes it. A listening socket leaves its file behind. Repeating it is harmless. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            SystemCalls.close(fd);
            if (memory != null) {
                memory.free();
            }
            if (message != null) {
                message.free();
            }
        }
    }
}
