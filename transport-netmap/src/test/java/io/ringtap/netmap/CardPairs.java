/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.EventLoopGroup;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.testsuite.TestLoops.TestLoop;

import java.io.Closeable;
import java.io.IOException;

/** Pairs of connected network interfaces of the kernel, which are up. Nothing exists of them after {@link #close}. */
interface CardPairs extends Closeable {
    /** Makes so many, of the kind that the operating system has to which system calls go. */
    static CardPairs create(int pairs) throws IOException {
        return OperatingSystem.isFreeBsd() ? new Epairs(pairs) : new VethPairs(pairs);
    }

    /**
     * The name of an interface.
     *
     * @param pair from 0 on
     * @param end 0 or 1
     */
    String name(int pair, int end);

    /** A new group of one loop, whose threads see the interfaces. */
    EventLoopGroup newGroup(TestLoop loop) throws IOException;

    /** Sets an interface up or down. */
    void setUp(String name, boolean up) throws IOException;

    /**
     * Removes an interface, and with it its peer.
     *
     * @return what the system says of it; empty if that was well
     */
    String remove(String name);

    /** Whether there is an interface of this name. */
    boolean has(String name) throws IOException;
}
