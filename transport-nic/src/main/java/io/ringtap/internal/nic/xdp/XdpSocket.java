/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.internal.nic.link.AfPacket;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An AF_XDP socket with its four rings, in a memory of its own or in that of another socket. */
public final class XdpSocket {
    /** Entries of each ring. */
    public static final int RING = 2048;

    /** Frames that a call polls for, 8 unless set. */
    private static final int BUSY_POLL_FRAMES = 64;

    private final int fd;
    private final NativeMemory value = NativeMemory.allocate(AfXdp.MMAP_OFFSETS);
    private final List<XdpRing> mapped = new ArrayList<>();
    private final XdpRing rx;
    private final XdpRing tx;
    private final XdpRing fill;
    private final XdpRing completion;
    /** {@code null} until it is bound. */
    private UmemPool pool;
    private boolean closed;

    /** Opens the socket, which is not bound and has no memory yet. */
    XdpSocket() throws IOException {
        fd = openSocket();
        try {
            setSize(AfXdp.XDP_UMEM_FILL_RING, "XDP_UMEM_FILL_RING");
            setSize(AfXdp.XDP_UMEM_COMPLETION_RING, "XDP_UMEM_COMPLETION_RING");
            setSize(AfXdp.XDP_RX_RING, "XDP_RX_RING");
            setSize(AfXdp.XDP_TX_RING, "XDP_TX_RING");
            // An older kernel sends fewer frames in a call, so that there are more calls.
            SystemCalls.setsockopt(fd, AfXdp.SOL_XDP, AfXdp.XDP_MAX_TX_SKB_BUDGET, value.address(), Integer.BYTES);
            SystemCalls.check("getsockopt(XDP_MMAP_OFFSETS)",
                SystemCalls.getsockopt(fd, AfXdp.SOL_XDP, AfXdp.XDP_MMAP_OFFSETS, value));
            rx = map(0, AfXdp.DESC, AfXdp.PGOFF_RX_RING);
            tx = map(1, AfXdp.DESC, AfXdp.PGOFF_TX_RING);
            fill = map(2, AfXdp.ADDRESS, AfXdp.PGOFF_FILL_RING);
            completion = map(3, AfXdp.ADDRESS, AfXdp.PGOFF_COMPLETION_RING);
        } catch (Throwable e) {
            mapped.forEach(XdpRing::unmap);
            SystemCalls.close(fd);
            value.free();
            throw e;
        }
    }

    /**
     * Opens a socket on a queue of an interface in the namespace of the calling thread, in copy mode and with memory of
     * its own.
     *
     * @throws SystemCallException if it cannot be bound
     */
    public static XdpSocket open(int index, int queue, int chunkSize) throws IOException {
        XdpBinding binding = new XdpBinding(index, queue, new UmemKind(chunkSize, false, false, 1), false, 0);
        XdpSocket socket = binding.open();
        SystemCalls.check("bind(AF_XDP)", binding.error());
        return socket;
    }

    /** Opens a socket without anything; the descriptor, which is the caller's. */
    public static int openSocket() throws SystemCallException {
        int fd = SystemCalls.socket(AfXdp.AF_XDP, AfPacket.SOCK_RAW | AfPacket.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw new SystemCallException("socket(AF_XDP)", -fd, Errno.EPERM.is(fd)
                ? "an AF_XDP socket needs CAP_NET_RAW: run as root, or give java the capability"
                : Errno.EAFNOSUPPORT.is(fd) ? "the kernel has no AF_XDP: boot one with CONFIG_XDP_SOCKETS" : null);
        }
        return fd;
    }

    private void set(int option, int length, String name) throws IOException {
        SystemCalls.check("setsockopt(" + name + ")",
            SystemCalls.setsockopt(fd, AfXdp.SOL_XDP, option, value.address(), length));
    }

    private void setSize(int option, String name) throws IOException {
        value.buffer().putInt(0, RING);
        set(option, Integer.BYTES, name);
    }

    private XdpRing map(int number, int entry, long page) throws SystemCallException {
        XdpRing ring = XdpRing.map(fd, value.buffer(), number * AfXdp.RING_OFFSET, entry, RING, page);
        mapped.add(ring);
        return ring;
    }

    /**
     * Has the kernel poll the queue for so long in calls of this socket, instead of waiting for interrupts.
     *
     * @throws SystemCallException if it does not
     */
    void setBusyPoll(int micros) throws SystemCallException {
        setSocketOption(AfXdp.SO_PREFER_BUSY_POLL, 1, "SO_PREFER_BUSY_POLL");
        setSocketOption(AfXdp.SO_BUSY_POLL, micros, "SO_BUSY_POLL");
        setSocketOption(AfXdp.SO_BUSY_POLL_BUDGET, BUSY_POLL_FRAMES, "SO_BUSY_POLL_BUDGET");
    }

    private void setSocketOption(int option, int to, String name) throws SystemCallException {
        value.buffer().putInt(0, to);
        int result = SystemCalls.setsockopt(fd, AfPacket.SOL_SOCKET, option, value.address(), Integer.BYTES);
        if (result < 0) {
            throw new SystemCallException("setsockopt(" + name + ")", -result, "busy polling needs Linux 5.11, with"
                + " CONFIG_NET_RX_BUSY_POLL, and CAP_NET_ADMIN");
        }
    }

    /** Registers memory that no other socket has registered. */
    void register(Umem umem) throws IOException {
        value.clear().buffer().putLong(0, umem.address()).putLong(AfXdp.UMEM_LEN, umem.length())
            .putInt(AfXdp.UMEM_CHUNK_SIZE, umem.chunkSize());
        int result = SystemCalls.setsockopt(fd, AfXdp.SOL_XDP, AfXdp.XDP_UMEM_REG, value.address(), AfXdp.UMEM_REG);
        if (result < 0) {
            throw new SystemCallException("setsockopt(XDP_UMEM_REG)", -result, Errno.ENOBUFS.is(result)
                || Errno.ENOMEM.is(result) ? "the socket locks " + (umem.length() >> 10) + " KiB of memory: 'ulimit -l'"
                    + " tells how much this process may lock without CAP_IPC_LOCK" : null);
        }
    }

    /**
     * Binds it to a queue of an interface.
     *
     * @param sharedWith a bound socket whose memory it joins, {@code null} if it has its own
     * @return 0 or a negative error number
     */
    int bind(int index, int queue, int flags, XdpSocket sharedWith) {
        NativeMemory address = NativeMemory.allocate(AfXdp.SOCKADDR_XDP).clear();
        address.buffer().putShort(0, (short) AfXdp.AF_XDP).putShort(AfXdp.SXDP_FLAGS, (short) flags)
            .putInt(AfXdp.SXDP_IFINDEX, index).putInt(AfXdp.SXDP_QUEUE_ID, queue)
            .putInt(AfXdp.SXDP_SHARED_UMEM_FD, sharedWith == null ? 0 : sharedWith.fd);
        return SystemCalls.bind(fd, address);
    }

    /** It is bound, and gets its chunks, half of which the kernel may fill. With the class of the memory locked. */
    void attach(Umem umem) {
        pool = new UmemPool(umem, this);
        for (int i = 0; i < RING; i++) {
            fill.memory().putLong(fill.entryToWrite(i), umem.addressOf(pool.toKernel()));
        }
        fill.publish(RING);
    }

    int descriptor() {
        return fd;
    }

    /** Its chunks. */
    public UmemPool pool() {
        return pool;
    }

    XdpRing rx() {
        return rx;
    }

    XdpRing tx() {
        return tx;
    }

    XdpRing fill() {
        return fill;
    }

    XdpRing completion() {
        return completion;
    }

    /** Whether the driver uses the memory of the UMEM itself. Any thread. */
    public synchronized boolean isZeroCopy() throws IOException {
        ensureOpen();
        SystemCalls.check("getsockopt(XDP_OPTIONS)",
            SystemCalls.getsockopt(fd, AfXdp.SOL_XDP, AfXdp.XDP_OPTIONS, value.clear()));
        return (value.buffer().getInt(0) & AfXdp.XDP_OPTIONS_ZEROCOPY) != 0;
    }

    /** Frames that found no room, since the socket was opened. Any thread. */
    synchronized long drops() throws IOException {
        ensureOpen();
        SystemCalls.check("getsockopt(XDP_STATISTICS)",
            SystemCalls.getsockopt(fd, AfXdp.SOL_XDP, AfXdp.XDP_STATISTICS, value.clear()));
        return value.buffer().getLong(AfXdp.RX_DROPPED) + value.buffer().getLong(AfXdp.RX_RING_FULL);
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the socket is closed");
        }
    }

    /** Closes the socket; what was lent of its memory stays until it is released. */
    public synchronized void close() {
        if (!closed) {
            closed = true;
            mapped.forEach(XdpRing::unmap);
            SystemCalls.close(fd);
            value.free();
            if (pool != null) {
                pool.close();
            }
        }
    }
}
