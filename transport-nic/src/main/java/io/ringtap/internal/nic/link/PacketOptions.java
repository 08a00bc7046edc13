/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.link;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The socket options of a packet socket while it is open. Owns no descriptor. Any thread. */
public final class PacketOptions {
    private final int fd;
    private final NativeMemory value = NativeMemory.allocate(AfPacket.SOCKADDR_LL);
    /** Kept, as the error of the socket has to be read when there is no memory either. */
    private final NativeMemory length = NativeMemory.allocate(Integer.BYTES);
    private boolean closed;
    /** Frames that the kernel has dropped since the socket was opened; it counts from the last question on. */
    private long drops;

    /** Opens a packet socket that receives nothing yet; the descriptor, which is the caller's. */
    public static int openSocket() throws IOException {
        int fd = SystemCalls.socket(AfPacket.AF_PACKET,
            AfPacket.SOCK_RAW | AfPacket.SOCK_NONBLOCK | AfPacket.SOCK_CLOEXEC, 0);
        if (fd >= 0) {
            return fd;
        }
        String advice = null;
        if (Errno.EPERM.is(fd) || Errno.EACCES.is(fd)) {
            advice = "a packet socket needs CAP_NET_RAW: run as root, or give java the capability, or hand over the"
                + " descriptor of a socket that another process has opened and bound";
        } else if (Errno.EAFNOSUPPORT.is(fd)) {
            advice = "the kernel has no packet sockets: 'modprobe af_packet', or boot one with CONFIG_PACKET";
        }
        throw new SystemCallException("socket(AF_PACKET)", -fd, advice);
    }

    public PacketOptions(int fd) {
        this.fd = fd;
    }

    /** Nothing is asked or set any more, as the number of the descriptor may become that of another file. */
    public synchronized void close() {
        if (!closed) {
            closed = true;
            value.free();
            length.free();
        }
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the socket is closed");
        }
    }

    /** Sets an int; 0 or a negative error number. */
    public synchronized int set(int level, int option, int to) throws IOException {
        ensureOpen();
        value.buffer().putInt(0, to);
        return SystemCalls.setsockopt(fd, level, option, value.address(), Integer.BYTES);
    }

    /** Reads an int. */
    public synchronized int get(int level, int option, String name) throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockopt(" + name + ")", SystemCalls.getsockopt(fd, level, option, value, length));
        return value.buffer().getInt(0);
    }

    /** Reads an int that the kernel may not know, which it has no value for then. */
    public int get(int level, int option, String name, int unknown) throws IOException {
        try {
            return get(level, option, name);
        } catch (SystemCallException notKnown) {
            return unknown;
        }
    }

    /**
     * Sets the size of a buffer, beyond the limit of the system if this process may.
     *
     * @param force the option that needs CAP_NET_ADMIN, and knows no limit
     */
    public void setBuffer(int option, int force, String name, int bytes) throws IOException {
        if (set(AfPacket.SOL_SOCKET, force, bytes) < 0) {
            SystemCalls.check("setsockopt(" + name + ")", set(AfPacket.SOL_SOCKET, option, bytes));
        }
    }

    /** The size of a buffer, in the bytes that {@link #setBuffer} takes: the kernel tells twice as much. */
    public int buffer(int option, String name) throws IOException {
        return get(AfPacket.SOL_SOCKET, option, name) / 2;
    }

    /** Has the interface receive frames for other stations as long as the socket is open. */
    public synchronized int addPromiscuous(int index) throws IOException {
        ensureOpen();
        value.clear().buffer().putInt(0, index).putShort(AfPacket.MR_TYPE, (short) AfPacket.PACKET_MR_PROMISC);
        return SystemCalls.setsockopt(fd, AfPacket.SOL_PACKET, AfPacket.PACKET_ADD_MEMBERSHIP, value.address(),
            AfPacket.MREQ);
    }

    /** Binds the socket to an interface, from which it receives frames of all kinds from now on. */
    public synchronized int bind(int index) throws IOException {
        ensureOpen();
        value.clear().buffer().putShort(0, (short) AfPacket.AF_PACKET).putInt(AfPacket.SLL_IFINDEX, index);
        // In network byte order.
        value.buffer().put(AfPacket.SLL_PROTOCOL + 1, (byte) AfPacket.ETH_P_ALL);
        return SystemCalls.bind(fd, value);
    }

    /** Binds the socket to an interface, from which it receives nothing. */
    public synchronized int bindSilently(int index) throws IOException {
        ensureOpen();
        value.clear().buffer().putShort(0, (short) AfPacket.AF_PACKET).putInt(AfPacket.SLL_IFINDEX, index);
        return SystemCalls.bind(fd, value);
    }

    /** The index of the interface that the socket is bound to; 0 or less if it is gone, or there was none. */
    public synchronized int index() throws IOException {
        return name().getInt(AfPacket.SLL_IFINDEX);
    }

    /** ARPHRD_ETHER and others, of the interface that the socket is bound to. */
    public synchronized int hardwareType() throws IOException {
        return name().getShort(AfPacket.SLL_HATYPE) & 0xffff;
    }

    /** The address of the interface that the socket is bound to. */
    public synchronized MacAddress mac() throws IOException {
        ByteBuffer name = name();
        long bits = 0;
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            bits = bits << 8 | name.get(AfPacket.SLL_ADDR + i) & 0xff;
        }
        return MacAddress.of(bits);
    }

    private ByteBuffer name() throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockname(AF_PACKET)", SystemCalls.getsockname(fd, value));
        return value.buffer();
    }

    /**
     * Reads the error of the socket, which has none then.
     *
     * @return a negative error number, or 0
     */
    public int takeError() throws IOException {
        return -get(AfPacket.SOL_SOCKET, AfPacket.SO_ERROR, "SO_ERROR");
    }

    /** Forgets what the kernel has dropped until now. */
    public synchronized void beginDrops() throws IOException {
        drops();
        drops = 0;
    }

    /** How many frames the kernel has dropped since {@link #beginDrops}, as they found the receive buffer full. */
    public synchronized long drops() throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockopt(PACKET_STATISTICS)",
            SystemCalls.getsockopt(fd, AfPacket.SOL_PACKET, AfPacket.PACKET_STATISTICS, value, length));
        drops += Integer.toUnsignedLong(value.buffer().getInt(AfPacket.TP_DROPS));
        return drops;
    }
}
