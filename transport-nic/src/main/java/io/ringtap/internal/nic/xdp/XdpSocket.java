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

/** An AF_XDP socket with its four rings and a UMEM of its own. */
public final class XdpSocket {
    /** Entries of each ring, and so chunks on each way. */
    public static final int RING = 2048;

    /** Frames that a call polls for, 8 unless set. */
    private static final int BUSY_POLL_FRAMES = 64;

    private final int fd;
    private final Umem umem;
    private final NativeMemory value = NativeMemory.allocate(AfXdp.MMAP_OFFSETS);
    private final List<XdpRing> mapped = new ArrayList<>();
    private XdpRing rx;
    private XdpRing tx;
    private XdpRing fill;
    private XdpRing completion;
    private boolean closed;

    /**
     * Opens the socket, which is not bound yet.
     *
     * @param chunkSize bytes of a frame and of what the kernel keeps free in front of it
     */
    public XdpSocket(int chunkSize) throws IOException {
        fd = openSocket();
        Umem made = null;
        try {
            made = new Umem(2 * RING, chunkSize);
            umem = made;
            value.clear().buffer().putLong(0, umem.address()).putLong(AfXdp.UMEM_LEN, umem.length())
                .putInt(AfXdp.UMEM_CHUNK_SIZE, chunkSize);
            set(AfXdp.XDP_UMEM_REG, AfXdp.UMEM_REG, "XDP_UMEM_REG");
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
            if (made != null) {
                made.free();
            }
            throw e;
        }
        for (int i = 0; i < RING; i++) {
            fill.memory().putLong(fill.entryToWrite(i), (long) i * chunkSize);
            umem.give((long) (RING + i) * chunkSize);
        }
        fill.publish(RING);
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

    /** Binds it to a queue of an interface; 0 or a negative error number. */
    public int bind(int index, int queue, int flags) {
        NativeMemory address = NativeMemory.allocate(AfXdp.SOCKADDR_XDP).clear();
        address.buffer().putShort(0, (short) AfXdp.AF_XDP).putShort(AfXdp.SXDP_FLAGS, (short) flags)
            .putInt(AfXdp.SXDP_IFINDEX, index).putInt(AfXdp.SXDP_QUEUE_ID, queue);
        return SystemCalls.bind(fd, address);
    }

    int descriptor() {
        return fd;
    }

    Umem umem() {
        return umem;
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

    public synchronized void close() {
        if (!closed) {
            closed = true;
            mapped.forEach(XdpRing::unmap);
            SystemCalls.close(fd);
            umem.free();
            value.free();
        }
    }
}
