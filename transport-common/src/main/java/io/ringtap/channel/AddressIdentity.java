/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.net.SocketAddress;

/** The identity of a port that only its address identifies. */
record AddressIdentity(SocketAddress address) implements PortIdentity {
    @Override
    public boolean overlaps(PortIdentity other) {
        return equals(other);
    }
}
