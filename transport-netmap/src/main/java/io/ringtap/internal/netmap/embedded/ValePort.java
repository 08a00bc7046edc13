/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapRingCounts;

/** A port of a {@link ValeSwitch}. */
final class ValePort extends EmbeddedPort {
    private final ValeSwitch vale;
    private final Runnable whenUnused;
    private volatile int headerLength;
    private long receivedDrops;
    private int number;

    ValePort(String name, ValeSwitch vale, EmbeddedMemory memory, NetmapRingCounts counts, Runnable whenUnused)
        throws NetmapException {
        super(name, memory, counts);
        this.vale = vale;
        this.whenUnused = whenUnused;
        boolean done = false;
        try {
            createRings();
            for (EmbeddedRing ring : txRings()) {
                ring.fillWithBuffers();
            }
            for (EmbeddedRing ring : rxRings()) {
                ring.fillWithBuffers();
            }
            done = true;
        } finally {
            if (!done) {
                free();
            }
        }
    }

    @Override
    int headerLength() {
        return headerLength;
    }

    @Override
    void headerLength(int length) {
        synchronized (vale) {
            headerLength = length;
        }
    }

    @Override
    Object lock() {
        return vale;
    }

    @Override
    long receivedDrops() {
        return receivedDrops;
    }

    /** Which of the ports of its switch it is. */
    int number() {
        return number;
    }

    void number(int given) {
        number = given;
    }

    void countReceivedDrop() {
        receivedDrops++;
    }

    @Override
    void txSync(EmbeddedRing ring, int index, int head, EmbeddedFile by) {
        vale.forward(this, index, ring, head, by);
        // A switch takes every frame at once: it drops frames at a full receiver, and a sender never waits.
        ring.taken(head);
        ring.given(ring.previous(head));
    }

    @Override
    void rxSync(EmbeddedRing ring, int index, int head, EmbeddedFile by) {
        for (int slot = ring.taken(); slot != head; slot = ring.next(slot)) {
            ring.seen(slot, ring.word(slot));
        }
        ring.taken(head);
    }

    @Override
    void unused() {
        vale.remove(this);
        free();
        whenUnused.run();
    }

    /** Frees the rings and buffers. */
    void free() {
        for (EmbeddedRing[] rings : new EmbeddedRing[][] {txRings(), rxRings()}) {
            for (EmbeddedRing ring : rings) {
                if (ring != null) {
                    ring.freeBuffers(0, 0);
                }
            }
        }
        freeRings();
    }
}
