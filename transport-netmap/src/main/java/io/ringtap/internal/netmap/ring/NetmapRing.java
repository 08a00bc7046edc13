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
 * A ring of slots in memory shared with netmap, as the program sees it. The slots from head up to tail belong to the
 * program, and all others to netmap. The program moves {@code head} and {@code cur} forward, never past tail. netmap
 * moves {@code tail}, and only during a sync. Plain loads and stores are enough, since both sides meet in the system
 * call.
 *
 * <p>Used by one thread. What netmap has written is checked when it is read. netmap answers a wrong index of the
 * program with a silent reset, and nobody would report a wrong index of netmap.
 */
public abstract sealed class NetmapRing permits NetmapRxRing, NetmapTxRing {
    private static final ByteBuffer DETACHED = ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder());

    private final String name;
    private final int id;
    private final int slots;
    private final long offsetMask;
    private final NetmapBuffers buffers;
    private ByteBuffer memory;
    /** The slots, two numbers for each. The JIT moves the bounds checks of a {@link LongBuffer} out of loops. */
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
            // The buffers of a port are next to each other, until they are exchanged for those of other ports.
            buffers.preferWindowOf(Slot.bufferIndex(words.get(0)));
        }
        head = memory.getInt(Ring.HEAD);
        reload();
        resets = 0;
    }

    /** The number of the ring among those of its direction. */
    public final int id() {
        return id;
    }

    /** How many slots the ring has. One of them always stays empty. */
    public final int slots() {
        return slots;
    }

    /** Bytes in each buffer. */
    public final int bufferSize() {
        return buffers.bufferSize();
    }

    /** The first slot that belongs to the program. */
    public final int head() {
        return head;
    }

    /** The program is woken when tail passes this slot. */
    public final int cur() {
        return cur;
    }

    /** The first slot after head that belongs to netmap. */
    public final int tail() {
        return tail;
    }

    /** How many slots belong to the program. */
    public final int available() {
        int n = tail - head;
        return n < 0 ? n + slots : n;
    }

    /** How often netmap has reset head and cur, which it does when it finds them wrong. */
    public final long resets() {
        return resets;
    }

    /**
     * Reads the indices that a sync has written. To be called after each sync.
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

    /**
     * Moves head and cur forward to a slot of the program. All slots before it belong to netmap from the next sync on.
     */
    final void advance(int slot) {
        head = slot;
        cur = slot;
        // One store writes both: they are adjacent and equal, so the byte order does not matter.
        memory.putLong(Ring.HEAD, (long) slot << Integer.SIZE | slot);
    }

    /** Moves cur and keeps head, so that netmap wakes the program only when tail passes that slot. */
    final void wakeAt(int slot) {
        cur = slot;
        memory.putInt(Ring.CUR, slot);
    }

    /** The slot that follows a slot. */
    public final int next(int slot) {
        return slot + 1 == slots ? 0 : slot + 1;
    }

    /** All of a slot but its pointer: what {@link Slot#word} makes. */
    public final long word(int slot) {
        return words.get(slot << 1);
    }

    /** Writes all of a slot but its pointer. */
    public final void word(int slot, long word) {
        words.put(slot << 1, word);
    }

    /**
     * The offset at which the data begin in the buffer of a slot. netmap may change it with every frame, so it is read
     * for each slot. A wrong offset can be larger than the buffer.
     */
    final long offset(int slot) {
        return offsetMask == 0 ? 0 : words.get((slot << 1) + 1) & offsetMask;
    }

    /** Whether data may begin after the beginning of their buffer. */
    final boolean hasOffsets() {
        return offsetMask != 0;
    }

    /** How many slots of the program are contiguous from head on, up to the end of the ring's memory. */
    final int run() {
        return (tail < head ? slots : tail) - head;
    }

    /**
     * Moves head and cur forward by as many slots as {@link #run()} says, or fewer. If the number is 0, cur stays too.
     */
    final void advanceBy(int count) {
        if (count != 0) {
            int slot = head + count;
            advance(slot == slots ? 0 : slot);
        }
    }

    /**
     * Whether data of this length can begin at this offset in a buffer. netmap may have written a wrong offset or
     * length.
     */
    final boolean holds(long offset, int length) {
        return offset >= 0 && offset <= buffers.bufferSize() - length;
    }

    /**
     * A view of a packet buffer, in network byte order.
     *
     * @param index the index in a slot of this ring, or of another ring of the same region
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

    /** Drops the memory before it is unmapped. Every access after that fails with an exception. */
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
