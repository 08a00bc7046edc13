/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.InterfaceState;

/**
 * What the kernel of a BSD said of a network interface at one moment.
 *
 * @param index the interface index, 0 where the system does not tell it
 * @param flags IFF_ flags of {@code net/if.h}
 * @param mtu bytes of payload in a frame
 * @param leaving whether somebody destroys it, for which the kernel waits until its device is closed; a message of the
 *     kernel does not tell that
 */
record BsdLinkState(int index, int flags, int mtu, boolean leaving) implements InterfaceState {
    /** A tap or a TUN device that is up has a carrier as long as it is open. */
    @Override
    public boolean isRunning() {
        return (flags & FreeBsdTap.IFF_UP) != 0;
    }
}
