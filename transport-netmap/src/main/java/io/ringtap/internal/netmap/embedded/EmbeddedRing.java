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
 * A ring from netmap's side: the kernel's {@code netmap_kring}. It keeps copies of the indices; those in the shared
 * memory are the program's word, checked at the begin of each sync and put back if they make no sense. Under the lock
 * of its port.
 */
final class EmbeddedRing {
    private final EmbeddedMemory memory;
    /** The ring itself, not its buffers. */
    private final ByteBuffer bytes;
    /** The slots, two numbers for each. */
    private final LongBuffer words;
    private final long offset;
    private final int slots;
    private final boolean transmit;

    /** The first slot not yet taken back from the program. */
    private int taken;
    /** The first slot not given to the program: what tail will be. */
    private int given;
    /** Tail as the program was told it last. */
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
     * Gives every slot a buffer.
     *
     * @throws NetmapException ENOMEM if the region has too few; those that were given stay in their slots
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

    /** Takes over the buffers of the ring at the other end of a pipe, slot for slot. */
    void shareBuffersOf(EmbeddedRing other) {
        for (int slot = 0; slot < slots; slot++) {
            copySlot(other, slot);
        }
    }

    /** Gives the buffers of the slots from one up to another back to the region. */
    void freeBuffers(int from, int to) {
        int slot = from;
        do {
            memory.freeBuffer(bytes.getInt(at(slot) + Slot.BUF_IDX));
            slot = next(slot);
        } while (slot != to);
    }

    /** Gives the ring, without its buffers, back to the region. */
    void free() {
        memory.free(offset);
    }

    /** Where it is in the region. */
    long offset() {
        return offset;
    }

    int slots() {
        return slots;
    }

    /** Whether somebody has it exclusively, or somebody has it and exclusively is asked for. */
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
     * Begins a sync: looks at head and cur.
     *
     * @return head; or, when the program put them where they cannot be, where they were before, to which they go back
     */
    int begin() {
        int head = bytes.getInt(Ring.HEAD);
        int cur = bytes.getInt(Ring.CUR);
        // A transmit ring may be used up to the tail the program knows, a receive ring up to that as well.
        int window = distance(taken, told);
        if (head < 0 || head >= slots || cur < 0 || cur >= slots || distance(taken, head) > window
            || distance(taken, cur) > window || distance(taken, cur) < distance(taken, head)) {
            bytes.putInt(Ring.HEAD, taken);
            bytes.putInt(Ring.CUR, taken);
            return taken;
        }
        return head;
    }

    /** Ends a sync: tells the program the new tail. */
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

    /** How many slots of a receive ring can still be filled: all but those the program has, and one. */
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

    /** All of a slot but its pointer, as {@link Slot#word}. */
    long word(int slot) {
        return words.get(slot << 1);
    }

    void set(int slot, int length, int flags) {
        words.put(slot << 1, Slot.word(Slot.bufferIndex(word(slot)), length, flags));
    }

    /** Takes note of a buffer that was exchanged: the mark is for netmap, and goes. */
    void seen(int slot, long word) {
        int flags = Slot.flags(word);
        if ((flags & Slot.BUF_CHANGED) != 0) {
            words.put(slot << 1, Slot.word(Slot.bufferIndex(word), Slot.length(word), flags & ~Slot.BUF_CHANGED));
        }
    }

    /** Where the slot's buffer begins in {@link #bytes(int)}, or -1 if its index is of none. */
    int buffer(int slot) {
        return bufferOf(word(slot));
    }

    /** The same for a slot that was read. */
    int bufferOf(long word) {
        return memory.buffer(Slot.bufferIndex(word));
    }

    /** The memory that the slot's buffer is in, for absolute access only. */
    ByteBuffer bytes(int slot) {
        return bytesOf(word(slot));
    }

    /** The same for a slot that was read. */
    ByteBuffer bytesOf(long word) {
        return memory.bytes(Slot.bufferIndex(word));
    }

    /** Copies the slot, not the data, from the same place in a ring of the same region. Returns its {@link #word}. */
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
