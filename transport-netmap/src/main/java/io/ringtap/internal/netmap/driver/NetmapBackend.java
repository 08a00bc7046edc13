/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.ringtap.netmap.NetmapDriver;
import io.ringtap.netmap.NetmapException;

/** A netmap device that can be opened. Every {@link NetmapDriver} of Ringtap is one. Any thread. */
public interface NetmapBackend extends NetmapDriver {
    /**
     * A driver as what it is inside Ringtap.
     *
     * @throws IllegalArgumentException if it is an object of a class that is not Ringtap's
     */
    static NetmapBackend of(NetmapDriver driver) {
        if (driver instanceof NetmapBackend backend) {
            return backend;
        }
        throw new IllegalArgumentException(driver + " is none of Ringtap's netmaps: use Netmap.kernel(), "
            + "Netmap.embedded() or Netmap.newEmbedded()");
    }

    /**
     * Opens the netmap device, bound to no port yet.
     *
     * @throws NetmapException if there is none, or this process may not open it
     */
    NetmapFile open() throws NetmapException;
}
