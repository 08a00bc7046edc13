/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.vhost.memory.SharedMemory;

/**
 * The pairs of queues of a device, each on an event loop of its own: what a {@link VhostSession} tells of what a front
 * end wants. Called on the event loop of the control connection.
 */
public interface QueuePairs {
    /**
     * Has a pair end its work on rings and memory. It may be suspended already.
     *
     * @param suspended to be run on the event loop of the control connection, when nothing of the rings and of the
     *     memory is used any more; at once, or later
     */
    void suspend(int pair, Runnable suspended);

    /**
     * Has a pair begin with rings, after it was suspended.
     *
     * @param transmit what the guest sends by; {@code null} for none
     * @param receive what the guest receives by; {@code null} for none
     * @param features the bits that were agreed on
     * @param memory what the rings lie in; it stays mapped until the pair is suspended
     */
    void serve(int pair, ServedRing transmit, ServedRing receive, long features, SharedMemory memory);

    /** The guest is told this MTU. */
    void mtu(int mtu);

    /** The guest has arrived at this host, and cannot say so itself. */
    void announce(long macAddress);
}
