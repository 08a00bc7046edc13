/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.channel.spi.DeviceBusyException;
import io.ringtap.internal.nic.link.NicLink;
import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkAddress;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Opens AF_XDP sockets in steps, and releases everything if a step fails. */
public final class XdpOpener {
    private static final int SMALL_CHUNK = 2048;
    private static final int LARGE_CHUNK = 4096;
    /** Ethernet header and two VLAN tags. */
    private static final int HEADERS = 14 + 8;

    private final String name;
    private final XdpSettings settings;
    private final Function<String, ? extends SocketAddress> addresses;
    /** The address, for messages. */
    private final SocketAddress address;

    private XdpOpener(String name, XdpSettings settings, Function<String, ? extends SocketAddress> addresses) {
        this.name = name;
        this.settings = settings;
        this.addresses = addresses;
        address = addresses.apply(name);
    }

    /**
     * Opens a socket on a queue of an interface, and has the frames of that queue go to it.
     *
     * @param name each byte a char
     * @param addresses makes the address of an interface of such a name
     * @throws IOException if it cannot be opened with these settings, with the reason and what to do
     */
    public static XdpDevice open(String name, XdpSettings settings,
                                 Function<String, ? extends SocketAddress> addresses) throws IOException {
        XdpOpener opener = new XdpOpener(name, settings, addresses);
        if (settings.namespace() == null) {
            return opener.openHere();
        }
        return NetworkNamespace.call(settings.namespace(), opener::openHere);
    }

    private XdpDevice openHere() throws IOException {
        int watcherFd = PacketOptions.openSocket();
        PacketOptions watcher = null;
        NicLink link = null;
        XdpSocket socket = null;
        XdpProgram program = null;
        try {
            watcher = new PacketOptions(watcherFd);
            link = new NicLink(watcher, control -> control.link(name));
            requireUnused(link);
            requireFreeQueue(link);
            SystemCalls.check(address + ": bind(AF_PACKET)", watcher.bindSilently(link.index()));
            SystemCalls.check(address + ": setsockopt(PACKET_ADD_MEMBERSHIP)", watcher.addPromiscuous(link.index()));
            int needed = link.state().mtu() + HEADERS + AfXdp.HEADROOM;
            boolean inParts = needed > LARGE_CHUNK;
            socket = bind(link, new UmemKind(needed > SMALL_CHUNK ? LARGE_CHUNK : SMALL_CHUNK, inParts,
                settings.hugePages(), settings.sockets()));
            program = XdpProgram.of(address.toString(), link.index(), settings.queue(), settings.frames(),
                settings.generic(), inParts);
            program.put(settings.queue(), socket.descriptor());
            return new XdpDevice(socket, program, settings.queue(), watcherFd, watcher, link, addresses);
        } catch (Throwable e) {
            if (program != null) {
                program.close(settings.queue());
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
        if (!addresses.isEmpty() && settings.taken() == null) {
            throw new IOException(address + ": the interface has the address " + addresses.get(0) + ", and the host"
                + " would not receive any more what comes by queue " + settings.queue() + ": take it all the same with"
                + " take=all, or some of it as with take=udp:4789, or look at copies with packet:"
                + LinkState.shown(name));
        }
    }

    /** A program of somebody else would keep the frames from this queue, and this one from whom that is. */
    private void requireFreeQueue(NicLink link) throws IOException {
        Set<Integer> open = XdpProgram.openQueues(link.index());
        int program = open == null ? link.xdpProgram() : 0;
        if (program != 0) {
            throw new SystemCallException(address.toString(), Errno.EBUSY.number(), "the interface has an XDP program"
                + " already, of another process: " + BpfCalls.describe(program));
        }
        if (open != null && open.contains(settings.queue())) {
            throw new SystemCallException(address.toString(), Errno.EBUSY.number(), "another channel of this process"
                + " has queue " + settings.queue());
        }
    }

    /**
     * Opens a socket on the queue. The kernel gives a queue back a moment after the socket that had it was closed, and
     * not before the last frame that it sent has reached its receiver. As the interface has no program, hardly anybody
     * else uses the queue.
     *
     * @throws DeviceBusyException if another socket has the queue
     */
    private XdpSocket bind(NicLink link, UmemKind kind) throws IOException {
        XdpBinding binding = new XdpBinding(link.index(), settings.queue(), kind, settings.zeroCopy(),
            settings.busyPoll());
        XdpSocket socket = binding.open();
        if (socket != null) {
            return socket;
        }
        int error = binding.error();
        SystemCallException failure = new SystemCallException(address + ": bind(AF_XDP) to queue "
            + settings.queue(), -error, Errno.EBUSY.is(error)
                ? "another AF_XDP socket has that queue: 'ss --xdp -ap' tells of which process"
                : Errno.EINVAL.is(error) ? "the interface has no such queue: 'ip -d link show' tells numrxqueues"
                    + (kind.inParts() ? ", or the kernel is older than 6.6 and its MTU has to be "
                        + (LARGE_CHUNK - HEADERS - AfXdp.HEADROOM) + " at most" : "")
                : Errno.EOPNOTSUPP.is(error) ? "the driver has no zero-copy mode" : null);
        throw Errno.EBUSY.is(error) ? new DeviceBusyException(failure) : failure;
    }
}
