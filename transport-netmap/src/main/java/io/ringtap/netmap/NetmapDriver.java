/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

/**
 * A netmap: the kernel's, or one in the JVM. Safe to use from any thread.
 */
public interface NetmapDriver {
    /** {@code kernel} or {@code embedded}, as a port's address may ask for it. */
    String name();

    /**
     * Opens the netmap device, bound to no port yet.
     *
     * @throws NetmapException if there is none, or no right to it
     */
    NetmapFile open() throws NetmapException;
}
