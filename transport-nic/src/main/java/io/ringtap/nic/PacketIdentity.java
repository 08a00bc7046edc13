/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.channel.PortIdentity;
import io.ringtap.internal.unix.NetworkNamespace;

/**
 * A network interface that a packet socket is bound to: its name and the network namespace that it is in.
 *
 * @param namespace the file behind the namespace's path, or that path if there is no such file
 */
record PacketIdentity(PacketAddress address, Object namespace) implements PortIdentity {
    /**
     * Of an interface in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    static PacketIdentity of(PacketAddress address, String namespace) {
        return new PacketIdentity(address, NetworkNamespace.fileOf(namespace));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        return equals(other);
    }
}
