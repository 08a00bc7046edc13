/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.link.WatchedLink;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.VirtioNetOffloads;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds the network interface of a tun descriptor, asks for its state and changes it. An interface is known by its
 * network namespace and its index there, never by a name alone: another namespace may have an interface of the same
 * name, and of the same index. The descriptor tells the namespace (TUNGETDEVNETNS) to a process with CAP_NET_ADMIN over
 * it, and the name to any.
 *
 * <p>Both sockets are opened in the namespace of the thread that makes this object, and nothing stays open in another
 * namespace: an open socket would keep that namespace alive, and the interface with it. Any thread.
 */
final class LinkFinder implements Closeable {
    /** How often a request is repeated if the interface was renamed or moved meanwhile. */
    private static final int TRIES = 64;
    private static final String NO_PROC = "the network namespace of the interface cannot be identified without /proc";

    private final LinuxTunLink link;
    private final boolean openedHere;
    private final RouteNetlink control;
    private final LinkNews news;
    /** Why the sockets could not be opened, {@code null} if they are open. */
    private final IOException unavailable;
    /** The namespace of the sockets as {@code net:[number]}, {@code null} if the system does not tell. */
    private final String home;
    /** The namespace in which the interface has {@link #index}; {@code null} if it could not be identified. */
    private String place;
    private int index;
    private boolean closed;
    /** The interface was reported to have left {@link #home}, and nothing has proved since that it is back. */
    private volatile boolean left;

    /**
     * Opens the sockets.
     *
     * @param openedHere whether the interface was attached a moment ago in the namespace of this thread, by this
     *     process or by one that has said so. If it was not, sockets that cannot be opened are reported
     *     when they are needed, as the descriptor works without them.
     */
    LinkFinder(LinuxTunLink link, boolean openedHere) throws IOException {
        this.link = link;
        this.openedHere = openedHere;
        home = namespaceOfThread();
        RouteNetlink requests = null;
        LinkNews subscription = null;
        IOException failure = null;
        try {
            requests = RouteNetlink.open();
            subscription = LinkNews.open();
        } catch (Throwable e) {
            if (requests != null) {
                requests.close();
                requests = null;
            }
            if (openedHere || !(e instanceof IOException)) {
                throw e;
            }
            failure = (IOException) e;
        }
        control = requests;
        news = subscription;
        unavailable = failure;
    }

    /** The namespace of the calling thread, as {@code net:[number]}; {@code null} if the system does not tell. */
    static String namespaceOfThread() {
        return namespaceAt("/proc/thread-self/ns/net");
    }

    private static String namespaceAt(String path) {
        try {
            return Files.readSymbolicLink(Path.of(path)).toString();
        } catch (IOException noProc) {
            return null;
        }
    }

    /** The socket that hears of every change of a link. */
    LinkNews news() throws IOException {
        if (unavailable != null) {
            throw new IOException(unavailable.getMessage(), unavailable);
        }
        return news;
    }

    /** The offloads that are set on the interface, which has to be in the namespace of the sockets. */
    synchronized VirtioNetOffloads offloads() throws IOException {
        return with((number, namespace, state) -> {
            if (number != RouteNetlink.HERE) {
                throw new IOException("the interface has left for another network namespace");
            }
            return TunOffloads.of(control.descriptor(), state.name());
        });
    }

    /** Notes that the interface was reported to have left the namespace of the sockets. */
    void hasLeft() {
        left = true;
    }

    /**
     * Finds the interface.
     *
     * @throws SystemCallException EBADFD if it was deleted; others say why it is not known where it is
     */
    synchronized WatchedLink.Found find() throws IOException {
        return with((number, namespace, state) -> new WatchedLink.Found(number, state));
    }

    /** A request on an interface of the namespace in which the socket is. */
    interface Request<T> {
        /** Sends it. */
        T send(RouteNetlink socket, int index) throws IOException;
    }

    /** Sends a request in the namespace where the interface is now. */
    synchronized <T> T request(Request<T> request) throws IOException {
        return with((number, namespace, state) -> {
            if (number == RouteNetlink.HERE) {
                return request.send(control, state.index());
            }
            // A socket in another namespace keeps that namespace alive, so it is closed at once.
            return NetworkNamespace.call(namespace, "the network namespace of " + LinkState.shown(state.name()), () -> {
                try (RouteNetlink there = RouteNetlink.open()) {
                    return request.send(there, state.index());
                }
            });
        });
    }

    /** Where the interface is now, as {@code net:[number]}; {@code null} if the system does not tell. */
    synchronized String namespaceNow() throws IOException {
        int namespace = locate();
        try {
            return namespace < 0 ? home : namespaceAt("/proc/self/fd/" + namespace);
        } finally {
            if (namespace >= 0) {
                SystemCalls.close(namespace);
            }
        }
    }

    /** Work on an interface that was found. */
    private interface Work<T> {
        /**
         * Does it.
         *
         * @param number of the interface's namespace, as {@link WatchedLink.Found#namespace} has it
         * @param namespace its descriptor, -1 for the one of the sockets
         */
        T on(int number, int namespace, LinkState state) throws IOException;
    }

    private <T> T with(Work<T> work) throws IOException {
        // While it is renamed again and again, an answer may have any of these names, but no other.
        Set<String> names = new HashSet<>();
        for (int attempt = 1; ; attempt++) {
            String name = link.name();
            names.add(name);
            if (closed) {
                throw new IOException("the device is closed");
            }
            if (unavailable != null) {
                throw new IOException(unavailable.getMessage(), unavailable);
            }
            // Held open until the work is done, as the number of a namespace could be reused otherwise.
            int namespace = locate();
            try {
                String identity = namespace < 0 ? home : namespaceAt("/proc/self/fd/" + namespace);
                if (namespace >= 0 && identity == null) {
                    throw new IOException(NO_PROC);
                }
                int number = namespace < 0 || identity.equals(home) ? RouteNetlink.HERE
                    : control.namespaceId(namespace);
                LinkState state = ask(number, identity, name, names, namespace < 0);
                if (state != null) {
                    return work.on(number, namespace, state);
                }
            } catch (SystemCallException e) {
                if (!e.is(Errno.ENODEV)) {
                    throw e;
                }
                index = 0;
                if (attempt >= TRIES) {
                    throw e;
                }
            } finally {
                if (namespace >= 0) {
                    SystemCalls.close(namespace);
                }
            }
            if (attempt >= TRIES) {
                throw new IOException(LinkState.shown(name) + " is renamed or moved faster than it can be asked for");
            }
        }
    }

    /** A descriptor of the namespace; -1 for that of the sockets if the kernel does not say, but it was so before. */
    private int locate() throws IOException {
        int namespace = link.ioctl(LinuxTun.TUNGETDEVNETNS, 0);
        if (namespace >= 0 && home != null) {
            left = false;
            return namespace;
        }
        if (namespace >= 0) {
            SystemCalls.close(namespace);
        }
        // EINVAL: the kernel is older than Linux 5.2, where this cannot be asked.
        boolean untold = namespace >= 0 || Errno.EPERM.is(namespace) || Errno.EINVAL.is(namespace);
        if (untold && openedHere && !left) {
            return -1;
        }
        if (namespace >= 0) {
            throw new IOException(NO_PROC);
        }
        throw new SystemCallException("ioctl(TUNGETDEVNETNS)", -namespace, Errno.EPERM.is(namespace)
            ? "the network namespace of the interface is not told to a process without CAP_NET_ADMIN over it" : null);
    }

    /** The state of the interface; {@code null} if it was renamed or moved meanwhile, and is to be asked for again. */
    private LinkState ask(int number, String identity, String name, Set<String> names, boolean unproven)
        throws IOException {
        boolean known = index != 0 && (identity == null ? place == null : identity.equals(place));
        LinkState state = known ? control.link(number, index) : control.link(number, name);
        String after = link.name();
        names.add(after);
        if (known ? !names.contains(state.name()) : !name.equals(after)) {
            if (names.size() == 1) {
                // It was not renamed, so another interface has the index now.
                index = 0;
            }
            return null;
        }
        if (!known && !unproven && !isIn(identity)) {
            return null;
        }
        if (unproven && !link.mayBe(state)) {
            left = true;
            throw new IOException(LinkState.shown(name) + " is another interface here: that of the"
                + " descriptor has left for another network namespace");
        }
        place = identity;
        index = state.index();
        return state;
    }

    private boolean isIn(String identity) throws IOException {
        int namespace = locate();
        try {
            return namespace >= 0 && identity.equals(namespaceAt("/proc/self/fd/" + namespace));
        } finally {
            if (namespace >= 0) {
                SystemCalls.close(namespace);
            }
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (control != null) {
                control.close();
                news.close();
            }
        }
    }
}
