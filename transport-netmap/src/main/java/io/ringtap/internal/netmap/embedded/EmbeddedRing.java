/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * A ring as netmap sees it: the kernel's {@code netmap_kring}. It keeps its own copies of the indices. Those in the
 * shared memory are written by the program; each sync checks them first and resets them if they are out of range. Under
 * the lock of its port.
 */
final class EmbeddedRing {
    private final EmbeddedMemory memory;
    /** The memory of the ring itself, without its buffers. */
    private final ByteBuffer bytes;
    /** The slots, two numbers for each slot. */
    private final LongBuffer words;
    private final long offset;
    private final int slots;
    private final boolean transmit;

    /** The first slot that has not been taken back from the program. */
    private int taken;
    /** The first slot that the program does not own: the value of tail after the next sync. */
    private int given;
    /** The value of tail that the program was given last. */
    private int told;
    private int users;
    private boolean exclusive;

    /**
     * A new ring in a region, without buffers.
     *
     * @throws NetmapException ENOMEM if the region has no room for it
     */
    EmbeddedRing(EmbeddedMemory memory, int id, int slots, boolean transmit) throws NetmapException {
        this.memory = memory;
        this.slots = slots;
        this.transmit = transmit;
        offset = memory.newRing(slots);
        if (offset < 0) {
            throw new NetmapException("another ring in memory region " + memory.id(), NetmapError.ENOMEM);
        }
        bytes = memory.window(offset, Ring.size(slots));
        words = bytes.slice(Ring.SLOTS, slots * Slot.SIZE).order(ByteOrder.nativeOrder()).asLongBuffer();
        // Buffer 0 begins with the region.
        bytes.putLong(Ring.BUF_OFS, -offset);
        bytes.putInt(Ring.NUM_SLOTS, slots);
        bytes.putInt(Ring.BUF_SIZE, EmbeddedMemory.BUFFER_SIZE);
        bytes.putShort(Ring.RING_ID, (short) id);
        bytes.putShort(Ring.DIR, (short) (transmit ? Ring.TRANSMIT : Ring.RECEIVE));
        bytes.putLong(Ring.BUF_ALIGN, 1);
        given = transmit ? slots - 1 : 0;
        told = given;
        bytes.putInt(Ring.TAIL, given);
    }

    /**
     * Puts a buffer into every slot.
     *
     * @throws NetmapException ENOMEM if the region has too few; the buffers that were found stay in their slots
     */
    void fillWithBuffers() throws NetmapException {
        for (int slot = 0; slot < slots; slot++) {
            int index = memory.newBuffer();
            if (index == 0) {
                throw new NetmapException("buffers for another ring of " + slots + " slots in memory region "
                    + memory.id(), NetmapError.ENOMEM);
            }
            memory.zeroBuffer(index);
            bytes.putInt(at(slot) + Slot.BUF_IDX, index);
        }
    }

    /** Puts the buffers of the ring at the other end of a pipe into the same slots of this ring. */
    void shareBuffersOf(EmbeddedRing other) {
        for (int slot = 0; slot < slots; slot++) {
            copySlot(other, slot);
        }
    }

    /** Frees the buffers in the slots from one slot up to another. */
    void freeBuffers(int from, int to) {
        int slot = from;
        do {
            memory.freeBuffer(bytes.getInt(at(slot) + Slot.BUF_IDX));
            slot = next(slot);
        } while (slot != to);
    }

    /** Frees the ring, without its buffers. */
    void free() {
        memory.free(offset);
    }

    /** The offset of the ring in the region. */
    long offset() {
        return offset;
    }

    int slots() {
        return slots;
    }

    /**
     * Whether the ring cannot be bound: it is bound exclusively, or it is bound and would have to be bound exclusively.
     */
    boolean isBusy(boolean wantExclusive) {
        return exclusive || wantExclusive && users > 0;
    }

    void bind(boolean exclusively) {
        users++;
        exclusive |= exclusively;
    }

    void unbind() {
        if (--users == 0) {
            exclusive = false;
        }
    }

    boolean isBound() {
        return users > 0;
    }

    /**
     * Begins a sync: reads and checks head and cur.
     *
     * @return head; if an index is out of range, the previous head, to which both are reset
     */
    int begin() {
        int head = bytes.getInt(Ring.HEAD);
        int cur = bytes.getInt(Ring.CUR);
        // In both directions the program may use the slots up to the tail that it was given.
        int window = distance(taken, told);
        if (head < 0 || head >= slots || cur < 0 || cur >= slots || distance(taken, head) > window
            || distance(taken, cur) > window || distance(taken, cur) < distance(taken, head)) {
            bytes.putInt(Ring.HEAD, taken);
            bytes.putInt(Ring.CUR, taken);
            return taken;
        }
        return head;
    }

    /** Ends a sync: writes the new tail for the program. */
    void end() {
        told = given;
        bytes.putInt(Ring.TAIL, given);
    }

    void stamp(long millis) {
        bytes.putLong(Ring.TS, millis / 1000);
        bytes.putLong(Ring.TS + Long.BYTES, millis % 1000 * 1000);
    }

    int taken() {
        return taken;
    }

    void taken(int slot) {
        taken = slot;
    }

    int given() {
        return given;
    }

    void given(int slot) {
        given = slot;
    }

    /** How many slots of a receive ring can still be filled: all but one that do not belong to the program. */
    int space() {
        return slots - 1 - distance(taken, given);
    }

    int next(int slot) {
        return slot + 1 == slots ? 0 : slot + 1;
    }

    int previous(int slot) {
        return slot == 0 ? slots - 1 : slot - 1;
    }

    private int distance(int from, int to) {
        int n = to - from;
        return n < 0 ? n + slots : n;
    }

    /** All of a slot but its pointer, as {@link Slot#word} makes it. */
    long word(int slot) {
        return words.get(slot << 1);
    }

    void set(int slot, int length, int flags) {
        words.put(slot << 1, Slot.word(Slot.bufferIndex(word(slot)), length, flags));
    }

    /** Clears the mark by which the program says that it has exchanged the buffer. The mark is meant for netmap. */
    void seen(int slot, long word) {
        int flags = Slot.flags(word);
        if ((flags & Slot.BUF_CHANGED) != 0) {
            words.put(slot << 1, Slot.word(Slot.bufferIndex(word), Slot.length(word), flags & ~Slot.BUF_CHANGED));
        }
    }

    /** The offset of the slot's buffer in {@link #bytes(int)}; -1 if the slot holds no valid index. */
    int buffer(int slot) {
        return bufferOf(word(slot));
    }

    /** The same for a slot that was read. */
    int bufferOf(long word) {
        return memory.buffer(Slot.bufferIndex(word));
    }

    /** The memory that contains the slot's buffer, for absolute access only. */
    ByteBuffer bytes(int slot) {
        return bytesOf(word(slot));
    }

    /** The same for a slot that was read. */
    ByteBuffer bytesOf(long word) {
        return memory.bytes(Slot.bufferIndex(word));
    }

    /**
     * Copies the slot, without its data, from the same place in a ring of the same region. Returns its {@link #word}.
     */
    long copySlot(EmbeddedRing from, int slot) {
        long word = from.word(slot);
        words.put(slot << 1, word);
        words.put((slot << 1) + 1, from.words.get((slot << 1) + 1));
        return word;
    }

    private static int at(int slot) {
        return Ring.SLOTS + slot * Slot.SIZE;
    }

    @Override
    public String toString() {
        return (transmit ? "tx" : "rx") + "[taken " + taken + ", given " + given + " of " + slots + ']';
    }
}
