/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FrameChannel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the MTU of the interfaces of a bridge with what its tunnels have room for. An interface whose packets do not
 * fit is warned of, or is given the MTU of the tunnel, and its own again when the tunnel has room for that. On the
 * bridge's thread.
 */
final class CarriedMtu {
    private final BridgeThread thread;
    private final boolean setting;
    private final Map<BridgePort, Integer> warned = new HashMap<>();
    private final Map<BridgePort, Given> given = new HashMap<>();

    /** What an interface had before, and what it was given. */
    private record Given(int before, int now) { }

    /** @param setting whether interfaces are set, or warned of */
    CarriedMtu(BridgeThread thread, boolean setting) {
        this.thread = thread;
        this.setting = setting;
    }

    /** The MTU of a port, or who is a port, may have changed. */
    void look(List<BridgePort> ports) {
        warned.keySet().retainAll(ports);
        given.keySet().retainAll(ports);
        int least = 0;
        for (BridgePort port : ports) {
            int carried = port.channel().carriedMtu();
            if (carried > 0 && (least == 0 || carried < least)) {
                least = carried;
            }
        }
        if (least == 0) {
            return;
        }
        for (BridgePort port : ports) {
            try {
                look(port, least);
            } catch (RuntimeException refused) {
                if (!port.channel().isActive()) {
                    // It has gone meanwhile, and has no MTU any more.
                    continue;
                }
                thread.tellNow(listener -> listener.portFailed(port, refused));
            }
        }
    }

    private void look(BridgePort port, int carried) {
        FrameChannel channel = port.channel();
        int mtu = channel.interfaceMtu();
        Given last = given.get(port);
        if (last != null && last.now() != mtu) {
            // Somebody else has set it since.
            given.remove(port);
            last = null;
        }
        if (mtu == 0 || mtu <= carried && last == null) {
            warned.remove(port);
            return;
        }
        if (!setting) {
            if (!Integer.valueOf(carried).equals(warned.put(port, carried))) {
                thread.tellNow(listener -> listener.portWarned(port, port + " has an MTU of " + mtu
                    + ", and a tunnel of this bridge has room for " + carried + ": longer packets are refused, or are"
                    + " fragmented below the tunnel; set the MTU to " + carried));
            }
            return;
        }
        int before = last == null ? mtu : last.before();
        int wanted = Math.min(before, carried);
        if (wanted != mtu && channel.setInterfaceMtu(wanted)) {
            given.put(port, new Given(before, wanted));
        }
    }
}
