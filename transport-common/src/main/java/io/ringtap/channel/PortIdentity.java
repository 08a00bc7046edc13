/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.net.SocketAddress;

/**
 * What a port is, however its name is written. One device may have many names: a network namespace has several paths,
 * and the rings of a netmap port can be opened all together or one by one. Whoever joins ports, as a bridge does, must
 * not join a device with itself.
 *
 * <p>The identity of a port that is not open yet follows from its name and options ({@link FramePort#identity()}); that
 * of an open one is surer, as the kernel may have chosen the name ({@link FrameChannel#identity()}). Immutable.
 */
public interface PortIdentity {
    /** Whether both ports are the same device, or have a part of it in common. The order does not matter. */
    boolean overlaps(PortIdentity other);

    /** The identity of a port of which the address tells everything: ports of equal addresses are the same. */
    static PortIdentity of(SocketAddress address) {
        return new AddressIdentity(address);
    }
}
