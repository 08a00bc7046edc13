/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/**
 * A ring of slots in memory shared with netmap, as the program sees it. The slots from head up to tail are the
 * program's, the others netmap's; the program moves {@code head} and {@code cur} forward, never past tail, and netmap
 * moves {@code tail}, only inside a sync. Plain loads and stores are enough, since both sides meet in the system call.
 *
 * <p>Used by one thread. What netmap wrote is checked when it is read: netmap answers a bad index of ours with a silent
 * reset, and nothing tells us of a bad one of its.
 */
public abstract sealed class NetmapRing permits NetmapRxRing, NetmapTxRing {
    private static final ByteBuffer DETACHED = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

    private final String name;
    private final int id;
    private final int slots;
    private final long offsetMask;
    private final NetmapBuffers buffers;
    private ByteBuffer memory;
    /** The same from the first slot on, two numbers for each: the JIT takes the bounds checks of these out of loops. */
    private LongBuffer words;
    private int head;
    private int cur;
    private int tail;
    private long resets;

    /**
     * The ring at an offset of a region.
     *
     * @param known the buffers of another ring of the port, or {@code null}
     * @throws NetmapException if no ring of that direction can be there
     */
    NetmapRing(NetmapMemory region, long offset, int direction, NetmapBuffers known) throws NetmapException {
        if (offset < 0 || offset % Long.BYTES != 0 || offset > region.size() - Ring.SLOTS) {
            throw corrupt("a ring", "begins at " + offset + " of a region of " + region.size() + " bytes");
        }
        ByteBuffer header = region.window(offset, Ring.SLOTS);
        id = Short.toUnsignedInt(header.getShort(Ring.RING_ID));
        name = (direction == Ring.TRANSMIT ? "tx" : "rx") + " ring " + id;
        if (header.getShort(Ring.DIR) != direction) {
            throw corrupt(name, "has direction " + header.getShort(Ring.DIR));
        }
        slots = header.getInt(Ring.NUM_SLOTS);
        if (slots < 2 || slots > (region.size() - offset - Ring.SLOTS) / Slot.SIZE) {
            throw corrupt(name, "has " + Integer.toUnsignedString(slots) + " slots");
        }
        int bufferSize = header.getInt(Ring.BUF_SIZE);
        long base = offset + header.getLong(Ring.BUF_OFS);
        if (bufferSize < Integer.BYTES || bufferSize > NetmapBuffers.WINDOW || base < 0 || base >= region.size()) {
            throw corrupt(name, "has buffers of " + Integer.toUnsignedString(bufferSize) + " bytes at " + base);
        }
        offsetMask = header.getLong(Ring.OFFSET_MASK);
        memory = region.window(offset, Ring.size(slots));
        words = memory.slice(Ring.SLOTS, slots * Slot.SIZE).order(ByteOrder.nativeOrder()).asLongBuffer();
        buffers = known != null && known.are(region, base, bufferSize) ? known
            : new NetmapBuffers(region, base, bufferSize, NetmapBuffers.WINDOW);
        if (buffers != known) {
            // The buffers of one port are together, until it exchanges them for those of others.
            buffers.preferWindowOf(Slot.bufferIndex(words.get(0)));
        }
        head = memory.getInt(Ring.HEAD);
        reload();
        resets = 0;
    }

    /** The ring's number among those of its direction. */
    public final int id() {
        return id;
    }

    /** How many slots it has; one of them always stays empty. */
    public final int slots() {
        return slots;
    }

    /** Bytes in each buffer. */
    public final int bufferSize() {
        return buffers.bufferSize();
    }

    /** The first slot that is the program's. */
    public final int head() {
        return head;
    }

    /** The slot whose arrival wakes the program. */
    public final int cur() {
        return cur;
    }

    /** The first slot that is netmap's. */
    public final int tail() {
        return tail;
    }

    /** How many slots are the program's. */
    public final int available() {
        int n = tail - head;
        return n < 0 ? n + slots : n;
    }

    /** How often netmap put head and cur back, which it does when it holds them for wrong. */
    public final long resets() {
        return resets;
    }

    /**
     * Reads what a sync has written. Called after each one, by whoever called it.
     *
     * @throws NetmapException if an index is out of range; the ring cannot be used any more
     */
    public final void reload() throws NetmapException {
        int newHead = memory.getInt(Ring.HEAD);
        int newCur = memory.getInt(Ring.CUR);
        int newTail = memory.getInt(Ring.TAIL);
        if (newHead < 0 || newHead >= slots || newCur < 0 || newCur >= slots || newTail < 0 || newTail >= slots) {
            throw corrupt(name, "of " + slots + " slots has head " + Integer.toUnsignedString(newHead) + ", cur "
                + Integer.toUnsignedString(newCur) + ", tail " + Integer.toUnsignedString(newTail));
        }
        if (newHead != head) {
            resets++;
        }
        head = newHead;
        cur = newCur;
        tail = newTail;
    }

    /** Moves head and cur forward to a slot in the program's part: all before it is netmap's from the next sync on. */
    final void advance(int slot) {
        head = slot;
        cur = slot;
        // Both at once: they stand side by side, and are equal, so that the order of bytes does not matter.
        memory.putLong(Ring.HEAD, (long) slot << Integer.SIZE | slot);
    }

    /** Keeps head and moves cur alone, so that netmap wakes the program only when the tail passes it. */
    final void wakeAt(int slot) {
        cur = slot;
        memory.putInt(Ring.CUR, slot);
    }

    /** The slot after a slot. */
    public final int next(int slot) {
        return slot + 1 == slots ? 0 : slot + 1;
    }

    /** All of a slot but its pointer: what {@link Slot#word} makes. */
    public final long word(int slot) {
        return words.get(slot << 1);
    }

    /** Writes it. */
    public final void word(int slot, long word) {
        words.put(slot << 1, word);
    }

    /**
     * Where the data begin in a slot's buffer. netmap may move it with every frame, so it is read for each slot. It can
     * be more than the buffer holds when what netmap wrote is wrong.
     */
    final long offset(int slot) {
        return offsetMask == 0 ? 0 : words.get((slot << 1) + 1) & offsetMask;
    }

    /** Whether data may begin elsewhere than with their buffer. */
    final boolean hasOffsets() {
        return offsetMask != 0;
    }

    /** How many of the program's slots stand together from head on, up to the end of the ring's memory. */
    final int run() {
        return (tail < head ? slots : tail) - head;
    }

    /** Moves head and cur forward by as many slots as {@link #run()} says, or fewer; by none, cur stays as well. */
    final void advanceBy(int count) {
        if (count != 0) {
            int slot = head + count;
            advance(slot == slots ? 0 : slot);
        }
    }

    /** Whether data of this length can begin there in a buffer: what netmap wrote need not be so. */
    final boolean holds(long offset, int length) {
        return offset >= 0 && offset <= buffers.bufferSize() - length;
    }

    /**
     * A view of a packet buffer, in the byte order of networks.
     *
     * @param index what a slot of this ring holds, or one of another in the same region
     * @throws IndexOutOfBoundsException if there is no such buffer
     */
    public final ByteBuffer buffer(int index) {
        if (!buffers.holds(index)) {
            throw new IndexOutOfBoundsException("buffer " + Integer.toUnsignedString(index));
        }
        return buffers.slice(index);
    }

    public final NetmapBuffers buffers() {
        return buffers;
    }

    /** Lets go of the memory, before it is unmapped: from here on every access fails with an exception. */
    public void detach() {
        memory = DETACHED;
        words = DETACHED.asLongBuffer();
        head = tail;
    }

    final NetmapException corrupt(int slot, String problem) {
        return corrupt(name + ", slot " + slot, problem);
    }

    private static NetmapException corrupt(String where, String problem) {
        return new NetmapException(NetmapError.EIO, "netmap's memory is damaged: " + where + ' ' + problem
            + "; close the port and open it again");
    }

    @Override
    public String toString() {
        return name + " [head " + head + ", cur " + cur + ", tail " + tail + " of " + slots + ']';
    }
}
