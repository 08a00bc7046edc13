/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.net.SocketAddress;

/** A port that is its address. */
record AddressIdentity(SocketAddress address) implements PortIdentity {
    @Override
    public boolean overlaps(PortIdentity other) {
        return equals(other);
    }
}
