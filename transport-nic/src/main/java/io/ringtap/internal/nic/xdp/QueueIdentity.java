/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.xdp;

import io.ringtap.channel.PortIdentity;
import io.ringtap.internal.unix.NetworkNamespace;

import java.net.SocketAddress;

/**
 * A queue of a network interface.
 *
 * @param address the name of the interface
 * @param namespace the file behind the path of its network namespace, or that path if there is no such file
 * @param queue the number
 */
public record QueueIdentity(SocketAddress address, Object namespace, int queue) implements PortIdentity {
    /**
     * Of a queue of an interface in a namespace.
     *
     * @param namespace its name or path, {@code null} for that of this process
     */
    public static QueueIdentity of(SocketAddress address, String namespace, int queue) {
        return new QueueIdentity(address, NetworkNamespace.fileOf(namespace), queue);
    }

    @Override
    public boolean overlaps(PortIdentity other) {
        return equals(other);
    }
}
