/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapRingCounts;

/**
 * A pipe. Both ends are created and removed together. When one end is closed, the other end can still read what it
 * sent, and an end that is opened again finds what it was sent meanwhile. The pipe is removed when neither end is open.
 * The pipe object is its own lock.
 */
final class EmbeddedPipe {
    private final PipeEnd master;
    private final PipeEnd slave;
    private final Runnable whenUnused;

    /** A pipe whose master end has these rings; its slave end has the same with the two directions exchanged. */
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

    /** The last file of an end was closed. */
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
     * After a transfer both ends have the same buffer in a slot of their rings, but only one of them owns it: the
     * reader owns the buffers from the first slot that it has not given back up to the last that was sent, the sender
     * owns all others.
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
