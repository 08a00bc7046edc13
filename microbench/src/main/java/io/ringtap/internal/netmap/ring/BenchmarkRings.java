/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;

/**
 * A transmit ring and a receive ring in embedded netmap memory. The side of netmap does no work: it only gives the
 * slots back to the program, so that a benchmark measures the side of the program alone.
 */
final class BenchmarkRings implements AutoCloseable {
    /** The number of usable slots: one stays empty. */
    static final int FRAMES = 1023;

    private final NetmapPort port;
    private final long txOffset;
    private final long rxOffset;
    private final ByteBuffer txHeader;
    private final ByteBuffer rxHeader;

    BenchmarkRings(int frameLength) throws NetmapException {
        port = NetmapPort.open(Netmap.newEmbedded(), NetmapAddress.parse("vale0:1"), 0, 256);
        long nifp = port.registration().offset();
        ByteBuffer netmapIf = port.memory().window(nifp, If.RING_OFS);
        int txRings = netmapIf.getInt(If.TX_RINGS) + Math.max(1, netmapIf.getInt(If.HOST_TX_RINGS));
        ByteBuffer offsets = port.memory().window(nifp + If.RING_OFS, (txRings + 1) * Long.BYTES);
        txOffset = nifp + offsets.getLong(0);
        rxOffset = nifp + offsets.getLong(txRings * Long.BYTES);
        txHeader = port.memory().window(txOffset, Ring.SLOTS);
        rxHeader = port.memory().window(rxOffset, Ring.size(rx().slots()));
        if (rx().slots() != FRAMES + 1 || tx().slots() != FRAMES + 1) {
            throw new IllegalStateException(port + " has rings of " + rx().slots() + " slots");
        }
        for (int slot = 0; slot < rx().slots(); slot++) {
            rxHeader.putShort(Ring.SLOTS + slot * Slot.SIZE + Slot.LEN, (short) frameLength);
        }
    }

    NetmapPort port() {
        return port;
    }

    NetmapTxRing tx() {
        return port.txRings().get(0);
    }

    NetmapRxRing rx() {
        return port.rxRings().get(0);
    }

    /** The whole region, for code whose offsets begin there. */
    ByteBuffer region() {
        return port.memory().window(0, Math.toIntExact(port.memory().size()));
    }

    long txOffset() {
        return txOffset;
    }

    long rxOffset() {
        return rxOffset;
    }

    /** Gives all usable slots of both rings to the program, as a sync after a long wait would. */
    void refill() throws NetmapException {
        refill(txHeader);
        refill(rxHeader);
        tx().reload();
        rx().reload();
    }

    private static void refill(ByteBuffer ring) {
        int head = ring.getInt(Ring.HEAD);
        ring.putInt(Ring.TAIL, head == 0 ? FRAMES : head - 1);
    }

    @Override
    public void close() {
        port.close();
    }
}
