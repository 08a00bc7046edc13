/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;

import java.util.List;

/**
 * What the ports of a bridge do for each other, as each has a vnet header and offloads of its own. Inside the bridge
 * every frame has the same header, which does not change while the bridge is open; ports that have this one themselves
 * need nothing at all: their frames pass untouched. What a port does not do itself is done on the way out to it, after
 * a frame was given to all its ports, so that the others are spared it. Where the inside has no header, no frame in it
 * can leave anything undone, and what a port with a header leaves undone is done as it comes in.
 *
 * <p>Towards each port the inside is the application of a {@link io.ringtap.channel.FrameFrontEnd}, which does what is
 * found out here. Immutable.
 */
final class BridgeOffloads {
    private static final VirtioNetOffloads COALESCED = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);

    private final List<Port> ports;
    private final VnetHeaderLength inside;

    /**
     * An open port.
     *
     * @param header how its header lies
     * @param backend what was agreed with it
     * @param coalesces whether what it receives is to be joined to super-frames
     */
    record Port(VirtioNetHeader header, VirtioNetBackend backend, boolean coalesces) {
    }

    /** Of a bridge that has this inside header, whatever its ports have. */
    BridgeOffloads(List<Port> ports, VnetHeaderLength inside) {
        this.ports = List.copyOf(ports);
        this.inside = inside;
    }

    /** The longest header that a port has: it can say all that any port's header says. */
    static VnetHeaderLength insideFor(List<Port> ports) {
        VnetHeaderLength longest = VnetHeaderLength.NONE;
        for (Port port : ports) {
            longest = port.header.bytes() > longest.bytes() ? port.header.length() : longest;
        }
        return longest;
    }

    /** What the inside and a port do for each other. */
    PortOffloads of(int index) {
        if (inside == VnetHeaderLength.NONE) {
            return PortOffloads.NONE;
        }
        // What it takes may always be left undone, so that others that do so make no difference to it.
        VirtioNetOffloads undone = ports.get(index).backend.takes();
        for (int i = 0; i < ports.size(); i++) {
            if (i != index) {
                undone = undone.or(ports.get(i).backend.gives()).or(joinedAt(i));
            }
        }
        return new PortOffloads(undone, ports.get(index).backend.gives(), joinedAt(index));
    }

    /** What the frames from a port are joined to: nothing unless it was asked for, and nothing that no other takes. */
    private VirtioNetOffloads joinedAt(int index) {
        VirtioNetOffloads taken = VirtioNetOffloads.NONE;
        if (ports.get(index).coalesces) {
            for (int i = 0; i < ports.size(); i++) {
                if (i != index) {
                    taken = taken.or(ports.get(i).backend.takes());
                }
            }
        }
        return taken.and(COALESCED).honoured();
    }
}
