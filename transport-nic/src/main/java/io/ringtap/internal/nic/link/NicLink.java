/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.link;

import io.netty.channel.IoEventLoop;
import io.ringtap.channel.spi.DescriptorWaiter;
import io.ringtap.internal.link.LinkWatch;
import io.ringtap.internal.link.WatchedLink;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkAddress;
import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The network interface that a packet socket is bound to. The kernel unbinds the socket when the interface is deleted
 * or moved to another network namespace, and it stays unbound, so the socket decides whether the interface still is
 * the same; netlink sockets of the same namespace tell the rest.
 */
public final class NicLink implements WatchedLink, Closeable {
    private final PacketOptions socket;
    private final int index;
    private final RouteNetlink control;
    private final LinkNews news;
    private volatile String lastName;
    private LinkWatch watch;
    /** The state that the last watch knew; at first the one when the socket was opened. */
    private LinkState watched;

    /** Asks for one interface. */
    @FunctionalInterface
    public interface Question {
        LinkState ask(RouteNetlink control) throws IOException;
    }

    /**
     * Opens netlink sockets in the namespace of the calling thread, which is that of the socket, and asks for the
     * interface.
     */
    public NicLink(PacketOptions socket, Question question) throws IOException {
        this.socket = socket;
        control = RouteNetlink.open();
        LinkNews opened = null;
        try {
            opened = LinkNews.open();
            watched = question.ask(control);
            // What was heard before is older than the answer.
            opened.skip();
        } catch (Throwable e) {
            control.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
        news = opened;
        index = watched.index();
        lastName = watched.name();
    }

    /** The index of the interface in its namespace. */
    public int index() {
        return index;
    }

    /** The last known state of the interface. On the event loop, or before there is one. */
    public LinkState state() {
        return watched;
    }

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

    @Override
    public LinkNews news() {
        return news;
    }

    /** Whether the socket is still bound to the interface. Any thread. */
    public boolean isBound() throws IOException {
        return socket.index() == index;
    }

    @Override
    public Found find() throws IOException {
        if (!isBound()) {
            throw new SystemCallException("getsockname(AF_PACKET)", Errno.ENODEV.number(), null);
        }
        return new Found(RouteNetlink.HERE, control.link(index));
    }

    @Override
    public void hasLeft() {
        // An interface that comes back is another one to the socket.
    }

    @Override
    public boolean isGone(SystemCallException failure) {
        return failure.is(Errno.ENODEV);
    }

    /** Starts to report what happens to the interface. On the event loop. */
    public void watch(IoEventLoop loop, DescriptorWaiter waiter, LinkWatch.Observer observer) {
        watch = new LinkWatch(this, loop, waiter, observer, watched);
        watch.start();
    }

    /** Ends {@link #watch}; harmless without one. On the event loop. */
    public void unwatch() {
        if (watch != null) {
            watch.stop();
            watched = watch.last();
            watch = null;
        }
    }

    /** The IP addresses of the interface, but for those that IPv6 gives every interface by itself. Any thread. */
    public List<LinkAddress> addresses() throws IOException {
        return control.addresses(index).stream().filter(address -> !isLinkLocal(address.octets())).toList();
    }

    private static boolean isLinkLocal(byte[] octets) {
        return octets.length != 4 && (octets[0] & 0xff) == 0xfe && (octets[1] & 0xc0) == 0x80;
    }

    /** The name of the bridge, or other interface, that the interface belongs to; {@code null} for none. Any thread. */
    public String master() throws IOException {
        int master = control.master(index);
        return master == 0 ? null : control.link(master).name();
    }

    /** The number of the XDP program that the interface has, 0 for none. Any thread. */
    public int xdpProgram() throws IOException {
        return control.xdpProgram(index);
    }

    @Override
    public void close() {
        control.close();
        news.close();
    }
}
