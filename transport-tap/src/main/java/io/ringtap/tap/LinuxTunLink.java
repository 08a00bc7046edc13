/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.link.LinkWatch;
import io.ringtap.internal.link.WatchedLink;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;

/**
 * The network interface behind a tun descriptor. An interface may be renamed, and moved to another network namespace,
 * while the descriptor keeps working. So the name is asked for through the descriptor each time, and a {@link
 * LinkFinder} finds the interface. This object owns the descriptor, so that no other thread uses its number after it
 * was closed. Any thread, except for the watch.
 */
final class LinuxTunLink implements WatchedLink, Closeable {
    private final int fd;
    private final NativeMemory request;
    private final LinkFinder finder;
    private volatile String lastName = "";
    private boolean closed;
    private LinkWatch watch;
    /** The state that the last watch knew; {@code null} if there was none. */
    private LinkState watched;

    /**
     * Takes over an attached descriptor, which stays the caller's if this fails. Opens its sockets in the namespace of
     * the calling thread.
     *
     * @param openedHere whether the interface was attached a moment ago in the namespace of this thread
     */
    LinuxTunLink(int fd, boolean openedHere) throws IOException {
        this.fd = fd;
        request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
        try {
            finder = new LinkFinder(this, openedHere);
        } catch (Throwable e) {
            request.free();
            throw e;
        }
    }

    int descriptor() {
        return fd;
    }

    /** An ioctl on the tun descriptor, while it is open. */
    synchronized int ioctl(long number, long argument) throws IOException {
        ensureOpen();
        return SystemCalls.ioctl(fd, number, argument);
    }

    private synchronized int ioctl(long number) throws IOException {
        ensureOpen();
        return SystemCalls.ioctl(fd, number, request);
    }

    private synchronized int ioctlCleared(long number) throws IOException {
        ensureOpen();
        request.clear();
        return ioctl(number);
    }

    /** An ioctl whose argument is the address of an int. */
    synchronized int ioctlInt(long number, int value) throws IOException {
        ensureOpen();
        request.buffer().putInt(0, value);
        return ioctl(number);
    }

    /** An ioctl that writes an int. */
    synchronized int readInt(long number) throws IOException {
        SystemCalls.check("ioctl of " + LinuxTun.DEVICE_NODE, ioctl(number));
        return request.buffer().getInt(0);
    }

    /** Sets the interface's address through the descriptor, for which its owner needs no privilege. */
    synchronized int setMac(byte[] mac) throws IOException {
        ensureOpen();
        request.clear().buffer().putShort(LinuxTun.IFREQ_HWADDR_FAMILY, LinuxTun.ARPHRD_ETHER);
        request.buffer().put(LinuxTun.IFREQ_HWADDR_DATA, mac);
        return ioctl(LinuxTun.SIOCSIFHWADDR);
    }

    /** The interface's address, asked for through the descriptor; {@code null} if it has none of Ethernet. */
    synchronized MacAddress mac() throws IOException {
        ensureOpen();
        SystemCalls.check("ioctl(SIOCGIFHWADDR)", ioctlCleared(LinuxTun.SIOCGIFHWADDR));
        if (request.buffer().getShort(LinuxTun.IFREQ_HWADDR_FAMILY) != LinuxTun.ARPHRD_ETHER) {
            return null;
        }
        long bits = 0;
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            bits = bits << 8 | request.buffer().get(LinuxTun.IFREQ_HWADDR_DATA + i) & 0xff;
        }
        return MacAddress.of(bits);
    }

    /** Whether a state can be that of this interface, judged by the MAC address. */
    boolean mayBe(LinkState state) throws IOException {
        MacAddress mac = mac();
        return mac == null ? state.mac() == null : mac.equals(state.mac());
    }

    /**
     * The name that the interface has now.
     *
     * @throws SystemCallException EBADFD if it was deleted
     */
    synchronized String name() throws IOException {
        ensureOpen();
        SystemCalls.check("ioctl(TUNGETIFF)", ioctlCleared(LinuxTun.TUNGETIFF));
        String name = request.getCString(0, InterfaceAddress.MAX_LENGTH + 1);
        hasName(name);
        return name;
    }

    /** The last known name; without a system call or a lock. */
    @Override
    public String lastName() {
        return lastName;
    }

    @Override
    public void hasName(String name) {
        if (!name.equals(lastName)) {
            lastName = name;
        }
    }

    /** The flags the device was made with, IFF_TAP and others. */
    synchronized int flags() throws IOException {
        name();
        return request.buffer().getShort(LinuxTun.IFREQ_FLAGS) & 0xffff;
    }

    /** The offloads that are set on the interface, which has to be in the namespace where this link was made. */
    VirtioNetOffloads offloads() throws IOException {
        return finder.offloads();
    }

    /**
     * What the kernel says of the interface now, wherever it is.
     *
     * @throws SystemCallException EBADFD if it was deleted; others say why it is not known where it is
     */
    LinkState state() throws IOException {
        return finder.find().state();
    }

    void setUp(boolean up) throws IOException {
        request((socket, index) -> {
            socket.setUp(index, up);
            return null;
        });
    }

    void setMtu(int mtu) throws IOException {
        request((socket, index) -> {
            socket.setMtu(index, mtu);
            return null;
        });
    }

    /** Sends a request on the interface, wherever it is. */
    <T> T request(LinkFinder.Request<T> request) throws IOException {
        return finder.request(request);
    }

    /** Whether the interface has this name in this namespace, as far as the system tells. */
    boolean isAt(String name, String namespace) {
        try {
            return name().equals(name) && Objects.equals(finder.namespaceNow(), namespace);
        } catch (IOException notTold) {
            return false;
        }
    }

    @Override
    public LinkNews news() throws IOException {
        return finder.news();
    }

    @Override
    public Found find() throws IOException {
        return finder.find();
    }

    @Override
    public void hasLeft() {
        finder.hasLeft();
    }

    @Override
    public boolean isGone(SystemCallException failure) {
        return failure.is(Errno.EBADFD) || failure.is(Errno.EBADF);
    }

    /**
     * Starts to report what happens to the interface. On the event loop.
     *
     * @throws SystemCallException EBADFD if it was deleted, and for nothing else
     */
    void watch(IoEventLoop loop, DescriptorWaiter waiter, LinkWatch.Observer observer) throws IOException {
        try {
            name();
        } catch (SystemCallException e) {
            if (e.is(Errno.EBADFD)) {
                throw e;
            }
        }
        watch = new LinkWatch(this, loop, waiter, observer, watched);
        watch.start();
    }

    /** Ends {@link #watch}. On the event loop. */
    void unwatch() {
        if (watch != null) {
            watch.stop();
            watched = watch.last();
            watch = null;
        }
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the device is closed");
        }
    }

    @Override
    public void close() {
        if (end()) {
            SystemCalls.close(fd);
        }
    }

    /** Closes everything but the descriptor, which is the caller's again. */
    void letGo() {
        end();
    }

    private boolean end() {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            request.free();
        }
        finder.close();
        return true;
    }
}
