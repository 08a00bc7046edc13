/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.unix.UnixSocketName;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.ssize_t;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** The other end of a datagram socket, as QEMU has it: bound, connected to nobody, and sends to a path. */
final class DatagramPeer implements Closeable {
    private static final int SIZE = 128 * 1024;

    private final NativeMemory data = NativeMemory.allocate(SIZE);
    private final NativeMemory iovec = NativeMemory.allocate(16);
    private final NativeMemory message = NativeMemory.allocate(56);
    private final Path path;
    private final NativeMemory to;
    private final int fd;
    private boolean connected;

    /** Functions that Ringtap itself has no need of. */
    public interface SocketLibrary {
        /** sendmsg(2). */
        @ssize_t long sendmsg(int fd, @intptr_t long message, int flags);
    }

    private static final class Holder {
        static final SocketLibrary LIBRARY = LibraryLoader.create(SocketLibrary.class).load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);
    }

    /**
     * Binds a socket.
     *
     * @param path its name, {@code null} for none
     * @param to whom to send to
     */
    DatagramPeer(Path path, Path to) throws IOException {
        this.path = path;
        this.to = new UnixSocketName(to.toString()).toSockaddr();
        fd = SystemCalls.check("socket",
            SystemCalls.nonBlockingSocket(UnixSocketName.AF_UNIX, DatagramDevice.SOCK_DGRAM, 0));
        if (path != null) {
            // As QEMU does.
            Files.deleteIfExists(path);
            SystemCalls.check("bind", SystemCalls.bind(fd, new UnixSocketName(path.toString()).toSockaddr()));
        }
    }

    /** Connects the socket, so that it takes datagrams from that one alone; waits while that one has another peer. */
    synchronized DatagramPeer connect() throws IOException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        int result;
        while (Errno.EPERM.is(result = SystemCalls.connect(fd, to)) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(50_000);
        }
        SystemCalls.check("connect", result);
        connected = true;
        return this;
    }

    /** Connects the socket to another one. */
    void connectTo(Path other) throws IOException {
        SystemCalls.check("connect", SystemCalls.connect(fd, new UnixSocketName(other.toString()).toSockaddr()));
    }

    /** Sends a datagram; waits while there is no room, or while nobody may send to the other one. */
    synchronized void send(byte[] frame) throws IOException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        int error;
        while ((error = trySend(frame)) != 0) {
            if (!Errno.EAGAIN.is(-error) && !Errno.EPERM.is(-error) || System.nanoTime() - deadline > 0) {
                throw new IOException("sendmsg fails: " + Errno.nameOf(error));
            }
            LockSupport.parkNanos(50_000);
        }
    }

    /** Sends a datagram; 0 or an error number. */
    synchronized int trySend(byte[] frame) {
        data.buffer().put(0, frame);
        iovec.buffer().putLong(0, data.address()).putLong(8, frame.length);
        message.buffer().putLong(0, connected ? 0 : to.address()).putInt(8, connected ? 0 : to.size())
            .putLong(16, iovec.address()).putLong(24, 1);
        long n = Holder.LIBRARY.sendmsg(fd, message.address(), 0);
        return n < 0 ? Holder.RUNTIME.getLastError() : 0;
    }

    /** The next datagram, {@code null} if there is none in time. */
    synchronized byte[] receive(long timeoutMillis) {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            long n = SystemCalls.recv(fd, data.address(), SIZE, 0);
            if (n >= 0) {
                byte[] frame = new byte[(int) n];
                data.buffer().get(0, frame);
                return frame;
            }
            if (System.nanoTime() - deadline >= 0) {
                return null;
            }
            LockSupport.parkNanos(50_000);
        }
    }

    /** Goes away, and leaves its file behind, as a program does that is killed. */
    @Override
    public void close() {
        SystemCalls.close(fd);
    }

    /** Goes away, and removes its file. */
    void closeInOrder() throws IOException {
        close();
        Files.deleteIfExists(path);
    }
}
