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
 * A port that files are bound to, several at a time: the kernel's {@code netmap_adapter}. Bound and unbound under the
 * lock of the {@link JvmNetmap}, synchronized under {@link #lock()}.
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

    /** The files bound to it; guarded by {@link #lock()}. */
    final List<EmbeddedFile> files() {
        return files;
    }

    /** Whether it stays without being open; under the lock of the netmap. */
    final boolean isAttached() {
        return attached;
    }

    final void attached(boolean now) {
        attached = now;
    }

    /** Whether somebody has it open, or it stays all the same; under the lock of the netmap. */
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

    /** Gives back what {@link #createRings()} made, also when it came only half way. */
    final void freeRings() {
        for (EmbeddedRing[] rings : new EmbeddedRing[][] {txRings, rxRings}) {
            for (EmbeddedRing ring : rings) {
                if (ring != null) {
                    ring.free();
                }
            }
        }
    }

    /** Bytes of vnet header on each frame. */
    abstract int headerLength();

    /**
     * Sets the header.
     *
     * @throws NetmapException ENXIO unless it is a port of a switch
     */
    void headerLength(int length) throws NetmapException {
        throw new NetmapException("vnet header of " + name + ", which is no port of a switch", NetmapError.ENXIO);
    }

    /** What a sync of any of its files holds. */
    abstract Object lock();

    /** Sends what stands before head; under the lock. */
    abstract void txSync(EmbeddedRing ring, int index, int head, EmbeddedFile by);

    /** Takes read slots back; under the lock. */
    abstract void rxSync(EmbeddedRing ring, int index, int head, EmbeddedFile by);

    /** Frames for this port that found its rings full; -1 where it cannot happen. Under the lock. */
    abstract long receivedDrops();

    /** Called when the last file has gone; under the lock of the netmap. */
    abstract void unused();
}
