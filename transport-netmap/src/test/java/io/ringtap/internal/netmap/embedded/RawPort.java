/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;

import java.nio.ByteBuffer;

/** Writes to the first transmit ring of a port directly, as a careless program would. */
final class RawPort implements AutoCloseable {
    private final NetmapMemory memory;
    private final ByteBuffer bytes;
    private final int ring;

    RawPort(TestPort port) {
        memory = port.port.memory().retain();
        // The first segment of a region that has grown, in which the port was before.
        bytes = memory.window(0, ((EmbeddedMemory) memory).firstSegmentSize());
        int nifp = (int) port.port.registration().offset();
        ring = nifp + (int) bytes.getLong(nifp + If.RING_OFS);
    }

    void slot(int slot, byte[] data, int flags) {
        int at = ring + Ring.SLOTS + slot * Slot.SIZE;
        bytes.putShort(at + Slot.LEN, (short) data.length);
        bytes.putShort(at + Slot.FLAGS, (short) flags);
        int buffer = ring + (int) bytes.getLong(ring + Ring.BUF_OFS)
            + bytes.getInt(at + Slot.BUF_IDX) * bytes.getInt(ring + Ring.BUF_SIZE);
        bytes.put(buffer, data);
    }

    void bufferIndex(int slot, int index) {
        bytes.putInt(ring + Ring.SLOTS + slot * Slot.SIZE + Slot.BUF_IDX, index);
    }

    int bufferIndexOf(int slot) {
        return bytes.getInt(ring + Ring.SLOTS + slot * Slot.SIZE + Slot.BUF_IDX);
    }

    void length(int slot, int length) {
        bytes.putShort(ring + Ring.SLOTS + slot * Slot.SIZE + Slot.LEN, (short) length);
    }

    void head(int slot) {
        indices(slot, slot);
    }

    void indices(int head, int cur) {
        bytes.putInt(ring + Ring.HEAD, head);
        bytes.putInt(ring + Ring.CUR, cur);
    }

    void tail(int tail) {
        bytes.putInt(ring + Ring.TAIL, tail);
    }

    int get(int field) {
        return bytes.getInt(ring + field);
    }

    @Override
    public void close() {
        memory.release();
    }
}
