/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.system;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestNamespace;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int32_t;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A packet(7) socket on one interface. It sends and receives whole frames, without the network stack of the kernel. The
 * kernel removes the VLAN tag of a received frame and delivers it separately (PACKET_AUXDATA). This class puts it back.
 */
public final class PacketSocket implements Closeable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW_NONBLOCK = 3 | 0x800 | 0x80000;
    private static final int ETH_P_ALL = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_AUXDATA = 8;
    private static final int PACKET_OUTGOING = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int TP_STATUS_VLAN_VALID = 1 << 4;
    private static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;
    private static final int SOCKADDR_LL = 20;
    private static final int CMSG_DATA = 16;

    private final int fd;
    private final NativeMemory data = NativeMemory.allocate(128 * 1024);
    private final NativeMemory control = NativeMemory.allocate(256);
    private final NativeMemory from = NativeMemory.allocate(SOCKADDR_LL);
    private final NativeMemory iovec = NativeMemory.allocate(16);
    private final NativeMemory header = NativeMemory.allocate(56);

    /** Functions that only this class needs. */
    public interface SocketLibrary {
        /** recvmsg(2). */
        @ssize_t long recvmsg(int fd, @intptr_t long header, int flags);

        /** setsockopt(2). */
        int setsockopt(int fd, int level, int option, @intptr_t long value, @u_int32_t long length);

        /** if_nametoindex(3). */
        int if_nametoindex(CharSequence name);
    }

    private static final class Holder {
        static final SocketLibrary LIBRARY = LibraryLoader.create(SocketLibrary.class).load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);
    }

    private PacketSocket(int fd) {
        this.fd = fd;
    }

    /** Opens a socket in a namespace. */
    public static PacketSocket open(TestNamespace namespace, String device) throws IOException {
        return NetworkNamespace.call(namespace.name(), () -> open(device));
    }

    private static PacketSocket open(String device) throws IOException {
        int fd = SystemCalls.check("socket(AF_PACKET)",
            SystemCalls.socket(AF_PACKET, SOCK_RAW_NONBLOCK, 0));
        PacketSocket socket = new PacketSocket(fd);
        try {
            int index = Holder.LIBRARY.if_nametoindex(device);
            socket.set(SOL_PACKET, PACKET_AUXDATA, 1);
            socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
            NativeMemory address = NativeMemory.allocate(SOCKADDR_LL);
            address.buffer().putShort(0, (short) AF_PACKET).putInt(4, index);
            address.buffer().put(3, (byte) ETH_P_ALL);
            SystemCalls.check("bind(AF_PACKET, " + device + ")", SystemCalls.bind(fd, address));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void set(int level, int option, int value) throws IOException {
        // A field: the address of a local block would not keep it from being collected during the call.
        control.buffer().putInt(0, value);
        if (Holder.LIBRARY.setsockopt(fd, level, option, control.address(), 4) < 0) {
            throw new SystemCallException("setsockopt(" + option + ")", Holder.RUNTIME.getLastError(), null);
        }
    }

    /** Sends a frame. Waits while the queue of the interface is full. */
    public synchronized void send(byte[] frame) throws IOException {
        data.buffer().put(0, frame);
        long sent;
        do {
            sent = SystemCalls.send(fd, data.address(), frame.length, 0);
        } while (Errno.EAGAIN.is(sent) || Errno.ENOBUFS.is(sent));
        SystemCalls.check("send(AF_PACKET)", (int) sent);
    }

    /** Returns the next frame that the interface received, with its tags, or {@code null} if there is none in time. */
    public synchronized byte[] receive(long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            long n = receiveNow();
            if (n >= 0 && (from.buffer().get(10) & 0xff) != PACKET_OUTGOING) {
                return frame((int) n);
            }
            if (n < 0) {
                if (!Errno.EAGAIN.is(n) && !Errno.EINTR.is(n) && !Errno.ENETDOWN.is(n)) {
                    SystemCalls.check("recvmsg(AF_PACKET)", (int) n);
                }
                if (System.nanoTime() - deadline >= 0) {
                    return null;
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private long receiveNow() {
        iovec.buffer().putLong(0, data.address()).putLong(8, data.size());
        header.buffer().putLong(0, from.address()).putInt(8, SOCKADDR_LL)
            .putLong(16, iovec.address()).putLong(24, 1)
            .putLong(32, control.address()).putLong(40, control.size());
        long n = Holder.LIBRARY.recvmsg(fd, header.address(), 0);
        return n < 0 ? -Holder.RUNTIME.getLastError() : n;
    }

    private byte[] frame(int length) {
        ByteBuffer aux = control.buffer();
        byte[] bytes = new byte[length];
        data.buffer().get(0, bytes);
        boolean told = header.buffer().getLong(40) >= CMSG_DATA + 20 && aux.getInt(8) == SOL_PACKET
            && aux.getInt(12) == PACKET_AUXDATA;
        int status = told ? aux.getInt(CMSG_DATA) : 0;
        if ((status & TP_STATUS_VLAN_VALID) == 0) {
            return bytes;
        }
        int protocol = (status & TP_STATUS_VLAN_TPID_VALID) != 0 ? aux.getShort(CMSG_DATA + 18) : (short) 0x8100;
        return ByteBuffer.allocate(length + 4).order(ByteOrder.BIG_ENDIAN).put(bytes, 0, 12)
            .putShort((short) protocol).putShort(aux.getShort(CMSG_DATA + 16)).put(bytes, 12, length - 12).array();
    }

    @Override
    public void close() {
        SystemCalls.close(fd);
    }
}
