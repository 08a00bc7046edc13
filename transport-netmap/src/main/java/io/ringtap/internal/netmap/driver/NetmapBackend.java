/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.driver;

import io.ringtap.netmap.NetmapDriver;
import io.ringtap.netmap.NetmapException;

/** What every {@link NetmapDriver} is to Ringtap itself: a netmap device that can be opened. Any thread. */
public interface NetmapBackend extends NetmapDriver {
    /**
     * The backend that a driver is.
     *
     * @throws IllegalArgumentException if it is a class of somebody else's
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
