/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.link;

import io.ringtap.internal.unix.LinkNews;
import io.ringtap.internal.unix.LinkState;
import io.ringtap.internal.unix.RouteNetlink;
import io.ringtap.internal.unix.SystemCallException;

import java.io.IOException;

/**
 * The network interface of a descriptor, as a {@link LinkWatch} asks for it. Only the descriptor decides which
 * interface that is and whether it still exists. On the event loop.
 */
public interface WatchedLink {
    /**
     * Where the interface is, and what the kernel says of it.
     *
     * @param namespace {@link RouteNetlink#HERE} for the namespace of the sockets, or the number it has there
     */
    record Found(int namespace, LinkState state) {
    }

    /** The last known name; without a system call or a lock. */
    String lastName();

    /** Notes the name that the interface has now. */
    void hasName(String name);

    /** The socket that hears of every change of a link. */
    LinkNews news() throws IOException;

    /**
     * Finds the interface.
     *
     * @throws SystemCallException that {@link #isGone} if it was deleted; others say why it is not known where it is
     */
    Found find() throws IOException;

    /** Notes that the interface was reported to have left the namespace of the sockets. */
    void hasLeft();

    /** Whether a failure to find the interface says that the descriptor has none any more. */
    boolean isGone(SystemCallException failure);
}
