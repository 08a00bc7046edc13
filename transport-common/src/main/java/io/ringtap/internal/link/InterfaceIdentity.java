/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.link;

import io.ringtap.channel.PortIdentity;
import io.ringtap.internal.unix.NetworkNamespace;

import java.net.SocketAddress;

/**
 * A network interface: its name and the network namespace that it is in.
 *
 * @param address the name
 * @param isPattern whether the kernel picks a number for the name, so that it is never the same twice
 * @param namespace the file behind the namespace's path, or that path if there is no such file
 */
public record InterfaceIdentity(SocketAddress address, boolean isPattern, Object namespace) implements PortIdentity {
    /**
     * Of an interface in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    public static InterfaceIdentity of(SocketAddress address, boolean isPattern, String namespace) {
        return new InterfaceIdentity(address, isPattern, NetworkNamespace.fileOf(namespace));
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        // The kernel picks another name for a pattern each time.
        return !isPattern && equals(other);
    }
}
