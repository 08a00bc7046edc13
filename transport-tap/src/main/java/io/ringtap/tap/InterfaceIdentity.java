/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.channel.PortIdentity;
import io.ringtap.internal.unix.NetworkNamespace;

/**
 * A network interface: its name and the network namespace that it is in.
 *
 * @param address the name, of which a pattern is never the same twice
 * @param namespace the file behind the namespace's path, or that path if there is no such file
 */
record InterfaceIdentity(InterfaceAddress address, Object namespace) implements PortIdentity {
    /**
     * Of an interface in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    static InterfaceIdentity of(InterfaceAddress address, String namespace) {
        return new InterfaceIdentity(address, NetworkNamespace.fileOf(namespace));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        // The kernel picks another name for a pattern each time.
        return !address.isPattern() && equals(other);
    }
}
