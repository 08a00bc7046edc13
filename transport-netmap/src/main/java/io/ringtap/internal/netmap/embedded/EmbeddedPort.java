/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapRingCounts;

import java.util.ArrayList;
import java.util.List;

/**
 * A port, to which several files can be bound at a time: the kernel's {@code netmap_adapter}. Files are bound and
 * unbound under the lock of the {@link JvmNetmap}; syncs run under {@link #lock()}.
 */
abstract class EmbeddedPort {
    private final String name;
    private final EmbeddedMemory memory;
    private final NetmapRingCounts counts;
    private final EmbeddedRing[] txRings;
    private final EmbeddedRing[] rxRings;
    private final List<EmbeddedFile> files = new ArrayList<>();
    private boolean attached;

    EmbeddedPort(String name, EmbeddedMemory memory, NetmapRingCounts counts) {
        this.name = name;
        this.memory = memory;
        this.counts = counts;
        txRings = new EmbeddedRing[counts.txRings()];
        rxRings = new EmbeddedRing[counts.rxRings()];
    }

    final String name() {
        return name;
    }

    final EmbeddedMemory memory() {
        return memory;
    }

    final NetmapRingCounts counts() {
        return counts;
    }

    final EmbeddedRing[] txRings() {
        return txRings;
    }

    final EmbeddedRing[] rxRings() {
        return rxRings;
    }

    /** The files bound to this port; guarded by {@link #lock()}. */
    final List<EmbeddedFile> files() {
        return files;
    }

    /** Whether the port is attached, and so exists although nobody has it open; under the lock of the netmap. */
    final boolean isAttached() {
        return attached;
    }

    final void attached(boolean now) {
        attached = now;
    }

    /** Whether the port is open or attached; under the lock of the netmap. */
    final boolean isUsed() {
        return attached || !files.isEmpty();
    }

    final void createRings() throws NetmapException {
        for (int i = 0; i < txRings.length; i++) {
            txRings[i] = new EmbeddedRing(memory, i, counts.txSlots(), true);
        }
        for (int i = 0; i < rxRings.length; i++) {
            rxRings[i] = new EmbeddedRing(memory, i, counts.rxSlots(), false);
        }
    }

    /** Frees the rings that {@link #createRings()} has made, also if it failed before it had made all of them. */
    final void freeRings() {
        for (EmbeddedRing[] rings : new EmbeddedRing[][] {txRings, rxRings}) {
            for (EmbeddedRing ring : rings) {
                if (ring != null) {
                    ring.free();
                }
            }
        }
    }

    /** The length of the vnet header on each frame, in bytes. */
    abstract int headerLength();

    /**
     * Sets the length of the vnet header.
     *
     * @throws NetmapException ENXIO unless it is a port of a switch
     */
    void headerLength(int length) throws NetmapException {
        throw new NetmapException("vnet header of " + name + ", which is no port of a switch", NetmapError.ENXIO);
    }

    /** The lock that a sync of any of its files holds. */
    abstract Object lock();

    /** Sends the frames in the slots before head. The caller holds the lock. */
    abstract void txSync(EmbeddedRing ring, int index, int head, EmbeddedFile by);

    /** Takes the slots that the program has read back. The caller holds the lock. */
    abstract void rxSync(EmbeddedRing ring, int index, int head, EmbeddedFile by);

    /**
     * How many frames for this port were dropped because its rings were full; -1 if that cannot happen. The caller
     * holds the lock.
     */
    abstract long receivedDrops();

    /** Called when the last file was unbound; under the lock of the netmap. */
    abstract void unused();
}
