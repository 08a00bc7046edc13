/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkAddress;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Opens AF_XDP sockets in steps, and releases everything if a step fails. */
final class XdpOpener {
    private static final int SMALL_CHUNK = 2048;
    private static final int LARGE_CHUNK = 4096;
    /**
     * How often, and how long after each other, a queue is asked for that another socket has. One that is in use has a
     * program as well, and was refused for that before, so that nobody waits in vain for all of this.
     */
    private static final int BUSY_TRIES = 300;
    private static final long BUSY_PAUSE_NANOS = 10_000_000;
    /** Ethernet header and two VLAN tags. */
    private static final int HEADERS = 14 + 8;

    private final XdpAddress address;
    private final XdpSettings settings;

    private XdpOpener(XdpAddress address, XdpSettings settings) {
        this.address = address;
        this.settings = settings;
    }

    /**
     * Opens a socket on a queue of an interface, and has the frames of that queue go to it.
     *
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    static XdpDevice open(XdpAddress address, XdpSettings settings) throws IOException {
        XdpOpener opener = new XdpOpener(address, settings);
        if (settings.namespace() == null) {
            return opener.openHere();
        }
        return NetworkNamespace.call(settings.namespace(), opener::openHere);
    }

    private XdpDevice openHere() throws IOException {
        int watcherFd = PacketSocketOpener.socket();
        PacketOptions watcher = null;
        NicLink link = null;
        XdpSocket socket = null;
        XdpProgram program = null;
        try {
            watcher = new PacketOptions(watcherFd);
            link = new NicLink(watcher, control -> control.link(address.name()));
            requireUnused(link);
            SystemCalls.check(address + ": bind(AF_PACKET)", watcher.bindSilently(link.index()));
            SystemCalls.check(address + ": setsockopt(PACKET_ADD_MEMBERSHIP)", watcher.addPromiscuous(link.index()));
            socket = new XdpSocket(chunkSize(link.state().mtu()));
            program = XdpProgram.attach(address.toString(), link.index());
            bind(socket, link);
            program.put(settings.queue(), socket.descriptor());
            return new XdpDevice(socket, program, watcherFd, watcher, link);
        } catch (Throwable e) {
            if (program != null) {
                program.close();
            }
            if (socket != null) {
                socket.close();
            }
            if (link != null) {
                link.close();
            }
            if (watcher != null) {
                watcher.close();
            }
            SystemCalls.close(watcherFd);
            throw e;
        }
    }

    private void requireUnused(NicLink link) throws IOException {
        List<LinkAddress> addresses = link.addresses();
        if (!addresses.isEmpty() && !settings.takeAll()) {
            throw new IOException(address + ": the interface has the address " + addresses.get(0) + ", and the host"
                + " would not receive any more what comes by queue " + settings.queue() + ": take it all the same with"
                + " take=all, or look at copies with packet:" + address.shownName());
        }
    }

    private int chunkSize(int mtu) throws IOException {
        int needed = mtu + HEADERS + AfXdp.HEADROOM;
        if (needed > LARGE_CHUNK) {
            throw new IOException(address + ": the MTU of " + mtu + " is too large: a frame has to fit into a chunk of "
                + LARGE_CHUNK + " bytes, so that the MTU is " + (LARGE_CHUNK - HEADERS - AfXdp.HEADROOM) + " at most");
        }
        return needed > SMALL_CHUNK ? LARGE_CHUNK : SMALL_CHUNK;
    }

    /** The kernel gives a queue back a moment after the socket that had it was closed. */
    private int bindOnceFree(XdpSocket socket, int index, int flags) {
        for (int attempt = 1; ; attempt++) {
            int result = socket.bind(index, settings.queue(), flags);
            if (!Errno.EBUSY.is(result) || attempt == BUSY_TRIES) {
                return result;
            }
            LockSupport.parkNanos(BUSY_PAUSE_NANOS);
        }
    }

    private void bind(XdpSocket socket, NicLink link) throws IOException {
        int mode = settings.zeroCopy() == null ? 0 : settings.zeroCopy() ? AfXdp.XDP_ZEROCOPY : AfXdp.XDP_COPY;
        int result = bindOnceFree(socket, link.index(), mode | AfXdp.XDP_USE_NEED_WAKEUP);
        if (result < 0) {
            throw new SystemCallException(address + ": bind(AF_XDP) to queue " + settings.queue(), -result,
                Errno.EBUSY.is(result) ? "another socket has that queue"
                    : Errno.EINVAL.is(result) ? "the interface has no such queue: 'ip -d link show' tells numrxqueues"
                    : Errno.EOPNOTSUPP.is(result) ? "the driver has no zero-copy mode" : null);
        }
    }
}
