/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A ring in memory of its own. The test acts as netmap. At first, buffer i + 2 belongs to slot i. */
final class RingFixture {
    static final int BASE = 4096;

    final int slots;
    final int bufferSize;
    final Memory region;
    private final ByteBuffer memory;

    RingFixture(int direction, int slots, int bufferSize) {
        this.slots = slots;
        this.bufferSize = bufferSize;
        int bufOfs = Ring.size(slots);
        memory = ByteBuffer.allocateDirect(BASE + bufOfs + (slots + 2) * bufferSize).order(ByteOrder.nativeOrder());
        region = new Memory(memory);
        memory.putLong(BASE + Ring.BUF_OFS, bufOfs);
        memory.putInt(BASE + Ring.NUM_SLOTS, slots);
        memory.putInt(BASE + Ring.BUF_SIZE, bufferSize);
        memory.putShort(BASE + Ring.DIR, (short) direction);
        for (int i = 0; i < slots; i++) {
            memory.putInt(slot(i) + Slot.BUF_IDX, i + 2);
        }
        if (direction == Ring.TRANSMIT) {
            header(Ring.TAIL, slots - 1);
        }
    }

    static RingFixture rx(int slots) {
        return new RingFixture(Ring.RECEIVE, slots, 64);
    }

    static RingFixture tx(int slots) {
        return new RingFixture(Ring.TRANSMIT, slots, 64);
    }

    NetmapRxRing openRx() throws NetmapException {
        return new NetmapRxRing(region, BASE);
    }

    NetmapTxRing openTx() throws NetmapException {
        return new NetmapTxRing(region, BASE);
    }

    int header(int field) {
        return memory.getInt(BASE + field);
    }

    void header(int field, int value) {
        memory.putInt(BASE + field, value);
    }

    void header64(int field, long value) {
        memory.putLong(BASE + field, value);
    }

    void indices(int head, int cur, int tail) {
        header(Ring.HEAD, head);
        header(Ring.CUR, cur);
        header(Ring.TAIL, tail);
    }

    private int slot(int i) {
        return BASE + Ring.SLOTS + i * Slot.SIZE;
    }

    int bufferIndex(int slot) {
        return memory.getInt(slot(slot) + Slot.BUF_IDX);
    }

    void bufferIndex(int slot, int index) {
        memory.putInt(slot(slot) + Slot.BUF_IDX, index);
    }

    int length(int slot) {
        return Short.toUnsignedInt(memory.getShort(slot(slot) + Slot.LEN));
    }

    int flags(int slot) {
        return Short.toUnsignedInt(memory.getShort(slot(slot) + Slot.FLAGS));
    }

    void ptr(int slot, long ptr) {
        memory.putLong(slot(slot) + Slot.PTR, ptr);
    }

    void slot(int slot, int length, int flags) {
        memory.putShort(slot(slot) + Slot.LEN, (short) length);
        memory.putShort(slot(slot) + Slot.FLAGS, (short) flags);
    }

    /** Writes a slot with data, as netmap does in a receive ring. */
    void fill(int slot, byte[] data, int from, int length, boolean more) {
        slot(slot, length, more ? Slot.MOREFRAG : 0);
        memory.put(buffer(slot), data, from, length);
    }

    byte[] data(int slot) {
        byte[] data = new byte[length(slot)];
        memory.get(buffer(slot), data);
        return data;
    }

    int buffer(int slot) {
        return BASE + Ring.size(slots) + bufferIndex(slot) * bufferSize
            + (int) (memory.getLong(slot(slot) + Slot.PTR) & memory.getLong(BASE + Ring.OFFSET_MASK));
    }

    /** A region over a buffer. */
    static final class Memory extends NetmapMemory {
        private final ByteBuffer memory;

        Memory(ByteBuffer memory) {
            super(memory.capacity());
            this.memory = memory;
        }

        @Override
        protected ByteBuffer map(long offset, int length) {
            return memory.slice((int) offset, length).order(ByteOrder.nativeOrder());
        }

        @Override
        protected void deallocate() {
            // The garbage collector frees it.
        }
    }
}
