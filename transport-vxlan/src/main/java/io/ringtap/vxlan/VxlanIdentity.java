/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.channel.PortIdentity;
import io.ringtap.internal.unix.NetworkNamespace;

import java.net.InetAddress;

/**
 * What only one tunnel can have: an address and a port of a network namespace.
 *
 * @param namespace the file behind the namespace's path, or that path if there is no such file
 */
record VxlanIdentity(InetAddress local, int port, Object namespace) implements PortIdentity {
    /**
     * Of an end in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    static VxlanIdentity of(VxlanAddress address, String namespace) {
        return new VxlanIdentity(address.local(), address.port(), NetworkNamespace.fileOf(namespace));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        return equals(other);
    }
}
