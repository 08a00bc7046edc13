/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapRingCounts;

/**
 * One end of a pipe. No data is copied: a filled slot is passed to the other end together with its buffer, and the slot
 * comes back when the reader has released it. So a slow reader stops the sender, and nothing is lost. A frame of
 * several slots is passed on only when all of its slots are there.
 */
final class PipeEnd extends EmbeddedPort {
    private final EmbeddedPipe pipe;
    private PipeEnd peer;
    /**
     * For each transmit ring: up to which slot the peer has emptied it. For each receive ring: up to which slot the
     * peer has filled it.
     */
    private final int[] txEmptied;
    private final int[] rxFilled;

    PipeEnd(String name, EmbeddedPipe pipe, EmbeddedMemory memory, NetmapRingCounts counts) {
        super(name, memory, counts);
        this.pipe = pipe;
        txEmptied = new int[counts.txRings()];
        rxFilled = new int[counts.rxRings()];
    }

    void join(PipeEnd other) {
        peer = other;
        for (int i = 0; i < txEmptied.length; i++) {
            txEmptied[i] = txRings()[i].given();
        }
    }

    @Override
    int headerLength() {
        return 0;
    }

    @Override
    Object lock() {
        return pipe;
    }

    @Override
    long receivedDrops() {
        return 0;
    }

    @Override
    void txSync(EmbeddedRing ring, int index, int head, EmbeddedFile by) {
        ring.given(txEmptied[index]);
        EmbeddedRing there = peer.rxRings()[index];
        int complete = -1;
        int slot = ring.taken();
        while (slot != head) {
            long word = there.copySlot(ring, slot);
            ring.seen(slot, word);
            slot = ring.next(slot);
            if ((Slot.flags(word) & Slot.MOREFRAG) == 0) {
                complete = slot;
            }
        }
        ring.taken(slot);
        if (complete >= 0) {
            peer.rxFilled[index] = complete;
            peer.signal(by);
        }
    }

    @Override
    void rxSync(EmbeddedRing ring, int index, int head, EmbeddedFile by) {
        ring.given(rxFilled[index]);
        if (ring.taken() == head) {
            return;
        }
        EmbeddedRing there = peer.txRings()[index];
        for (int slot = ring.taken(); slot != head; slot = ring.next(slot)) {
            ring.seen(slot, there.copySlot(ring, slot));
        }
        ring.taken(head);
        peer.txEmptied[index] = ring.previous(head);
        peer.signal(by);
    }

    private void signal(EmbeddedFile by) {
        for (int i = 0; i < files().size(); i++) {
            by.willSignal(files().get(i));
        }
    }

    @Override
    void unused() {
        pipe.endUnused();
    }
}
