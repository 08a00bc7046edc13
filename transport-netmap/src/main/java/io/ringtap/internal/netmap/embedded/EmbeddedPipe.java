/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapRingCounts;

/**
 * A pipe: two ends that come and go together. An end that closed leaves what it sent for the other, and finds what it
 * was sent when it is opened again; the pipe goes when neither is open. It is its own lock.
 */
final class EmbeddedPipe {
    private final PipeEnd master;
    private final PipeEnd slave;
    private final Runnable whenUnused;

    /** A pipe whose master end has these rings, and whose slave end has them the other way round. */
    EmbeddedPipe(String parent, String id, EmbeddedMemory memory, NetmapRingCounts counts, Runnable whenUnused)
        throws NetmapException {
        this.whenUnused = whenUnused;
        master = new PipeEnd(parent + '{' + id, this, memory, counts);
        slave = new PipeEnd(parent + '}' + id, this, memory, new NetmapRingCounts(counts.rxRings(), counts.txRings(),
            0, 0, counts.rxSlots(), counts.txSlots()));
        boolean done = false;
        try {
            master.createRings();
            slave.createRings();
            connect(master, slave);
            connect(slave, master);
            master.join(slave);
            slave.join(master);
            done = true;
        } finally {
            if (!done) {
                free();
            }
        }
    }

    private static void connect(PipeEnd from, PipeEnd to) throws NetmapException {
        for (int i = 0; i < from.txRings().length; i++) {
            from.txRings()[i].fillWithBuffers();
            to.rxRings()[i].shareBuffersOf(from.txRings()[i]);
        }
    }

    PipeEnd master() {
        return master;
    }

    PipeEnd slave() {
        return slave;
    }

    /** An end has no file any more. */
    void endUnused() {
        if (master.files().isEmpty() && slave.files().isEmpty()) {
            free();
            whenUnused.run();
        }
    }

    private void free() {
        freeBuffers(master, slave);
        freeBuffers(slave, master);
        master.freeRings();
        slave.freeRings();
    }

    /**
     * A slot that went over stands in the rings of both ends, and who holds the buffer is the one that has the slot:
     * the reader from what it has not given back up to what was sent, the sender all others.
     */
    private static void freeBuffers(PipeEnd from, PipeEnd to) {
        for (int i = 0; i < from.txRings().length; i++) {
            EmbeddedRing tx = from.txRings()[i];
            EmbeddedRing rx = to.rxRings()[i];
            if (tx == null || rx == null) {
                continue;
            }
            if (tx.taken() != rx.taken()) {
                rx.freeBuffers(rx.taken(), tx.taken());
            }
            tx.freeBuffers(tx.taken(), rx.taken());
        }
    }
}
