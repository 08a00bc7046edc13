/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.loop.Readiness;

import java.io.IOException;

/** Waits on further descriptors of a transport, such as a netlink socket, on the event loop of its channel. */
@FunctionalInterface
public interface DescriptorWaiter {
    /**
     * Registers an open descriptor. On the event loop.
     *
     * @return what says what to wait for, and ends the registration
     * @throws IOException if the event loop does not take the descriptor
     */
    Readiness register(int descriptor, Readiness.Listener listener) throws IOException;
}
