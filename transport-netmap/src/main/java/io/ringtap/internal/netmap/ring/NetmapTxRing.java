/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;

/**
 * A transmit ring. For a flush, {@link #write} puts frame after frame into slots until it returns {@code false}, and
 * one sync passes them to netmap. The free slots are counted before a frame is begun, so a frame is in the ring either
 * whole or not at all.
 */
public final class NetmapTxRing extends NetmapRing {
    /** A slot's length has 16 bits. */
    private static final int MAX_LENGTH = 0xffff;
    /** How many slots are copied at a time. */
    private static final int CHUNK = 64;

    private final long[] full = new long[CHUNK];
    private final long[] free = new long[CHUNK];

    /**
     * The transmit ring at an offset of a region.
     *
     * @throws NetmapException if there is none
     */
    public NetmapTxRing(NetmapMemory region, long offset) throws NetmapException {
        this(region, offset, null);
    }

    /** The transmit ring at an offset of a region, which shares the buffers of another ring of its port. */
    public NetmapTxRing(NetmapMemory region, long offset, NetmapBuffers known) throws NetmapException {
        super(region, offset, Ring.TRANSMIT, known);
    }

    /** The longest frame that fits an empty ring: it has 64 fragments, or takes all slots but one. */
    public int maxFrameLength() {
        return Math.min(NetmapLayout.MAX_FRAGMENTS, slots() - 1) * fragmentSize(head());
    }

    /**
     * Copies a frame into as many slots as it needs. The indices of the frame stay, and it is not released.
     *
     * @param frame 1 to {@link #maxFrameLength()} bytes in any kind of buffer
     * @return {@code false} if too few slots are free: sync, then try again
     * @throws NetmapException if a slot holds an index that is not valid
     */
    public boolean write(ByteBuf frame) throws NetmapException {
        int length = frame.readableBytes();
        int slot = head();
        if (length == 0 || length > fragmentSize(slot)) {
            return writeChain(frame, length);
        }
        if (slot == tail()) {
            return false;
        }
        long word = word(slot);
        int index = Slot.bufferIndex(word);
        int offset = requireBuffer(slot, index);
        fill(index, offset, length, frame);
        word(slot, Slot.word(index, length, Slot.flags(word) & Slot.BUF_CHANGED));
        advance(next(slot));
        return true;
    }

    /**
     * Copies frames. It does the same as {@link #write(ByteBuf)} for one after the other, with less work for each.
     *
     * @param frames frames of 1 to {@link #maxFrameLength()} bytes each; their indices stay, and none is released
     * @param first the first of them to write
     * @param count how many
     * @return for how many there was room
     * @throws NetmapException if a slot holds an index that is not valid; the frames before are in the ring
     */
    public int write(ByteBuf[] frames, int first, int count) throws NetmapException {
        int done = 0;
        while (done < count) {
            int n = writeShortRun(frames, first + done, count - done);
            if (n == 0) {
                n = writeRun(frames, first + done, Math.min(count - done, CHUNK));
            }
            if (n == 0) {
                if (!write(frames[first + done])) {
                    break;
                }
                n = 1;
            }
            done += n;
        }
        return done;
    }

    /** Copies short frames, in one pass over the slots. */
    private int writeShortRun(ByteBuf[] frames, int first, int max) {
        int out = head();
        int run = hasOffsets() ? 0 : Math.min(run(), max);
        int i = 0;
        try {
            for (; i < run; i++) {
                long word = word(out + i);
                int index = Slot.bufferIndex(word);
                ByteBuf frame = frames[first + i];
                int length = frame.readableBytes();
                if (!buffers().holds(index) || length > bufferSize()
                    || !buffers().writeShort(index, 0, length, frame, frame.readerIndex())) {
                    break;
                }
                word(out + i, Slot.word(index, length, Slot.flags(word) & Slot.BUF_CHANGED));
            }
        } finally {
            // If a frame fails, for instance because it was released, those before it are in the ring.
            advanceBy(i);
        }
        return i;
    }

    /** Copies frames in three passes, as {@link #copyRun} does. */
    private int writeRun(ByteBuf[] frames, int first, int max) {
        int out = head();
        int run = hasOffsets() ? 0 : Math.min(run(), max);
        int good = 0;
        for (; good < run; good++) {
            long word = word(out + good);
            int length = frames[first + good].readableBytes();
            if (length == 0 || length > Math.min(bufferSize(), MAX_LENGTH)
                || !buffers().holds(Slot.bufferIndex(word))) {
                break;
            }
            free[good] = Slot.word(Slot.bufferIndex(word), length, Slot.flags(word) & Slot.BUF_CHANGED);
        }
        int written = 0;
        try {
            for (; written < good; written++) {
                if (!buffers().writeAddressed(free[written], frames[first + written])) {
                    fill(Slot.bufferIndex(free[written]), 0, Slot.length(free[written]), frames[first + written]);
                }
            }
        } finally {
            // If a frame fails, for instance because it was released, those before it are written.
            for (int i = 0; i < written; i++) {
                word(out + i, free[i]);
            }
            advanceBy(written);
        }
        return written;
    }

    private void fill(int index, int offset, int length, ByteBuf frame) {
        if (frame instanceof RegionBuf lent && lent.memory() != null) {
            buffers().writeLent(index, offset, length, lent);
        } else {
            buffers().write(index, offset, length, frame, frame.readerIndex());
        }
    }

    private boolean writeChain(ByteBuf frame, int length) throws NetmapException {
        if (!fits(length)) {
            return false;
        }
        int from = frame.readerIndex();
        int left = length;
        int slot = head();
        while (left > 0) {
            int index = Slot.bufferIndex(word(slot));
            int offset = requireBuffer(slot, index);
            int fragment = Math.min(left, fragmentSize(slot));
            buffers().write(index, offset, fragment, frame, from);
            from += fragment;
            left -= fragment;
            finish(slot, fragment, left > 0);
            slot = next(slot);
        }
        advance(slot);
        return true;
    }

    /**
     * Copies the frame that {@link NetmapRxRing#next()} found from its slots to as many slots as it needs here, with
     * one copy. The frame stays in the receive ring.
     *
     * @param from a ring of any port, with a frame of 1 to {@link #maxFrameLength()} bytes
     * @return {@code false} if too few slots are free: sync, then try again
     * @throws NetmapException if a slot of this ring holds an index that is not valid
     */
    public boolean write(NetmapRxRing from) throws NetmapException {
        int left = from.next();
        int slot = head();
        if (from.frameSlots() != 1 || left > fragmentSize(slot)) {
            return writeChain(from, left);
        }
        if (slot == tail()) {
            return false;
        }
        long word = word(slot);
        int index = Slot.bufferIndex(word);
        int offset = requireBuffer(slot, index);
        buffers().write(index, offset, left, from.buffers(), from.fragmentBuffer(0), from.fragmentOffset(0));
        word(slot, Slot.word(index, left, Slot.flags(word) & Slot.BUF_CHANGED));
        advance(next(slot));
        return true;
    }

    private boolean writeChain(NetmapRxRing from, int length) throws NetmapException {
        if (!fits(length)) {
            return false;
        }
        int slot = head();
        int filled = 0;
        for (int i = 0; i < from.frameSlots(); i++) {
            int left = from.fragmentLength(i);
            int at = from.fragmentOffset(i);
            while (left > 0) {
                if (filled == fragmentSize(slot)) {
                    finish(slot, filled, true);
                    slot = next(slot);
                    filled = 0;
                }
                int index = Slot.bufferIndex(word(slot));
                int offset = requireBuffer(slot, index) + filled;
                int n = Math.min(left, fragmentSize(slot) - filled);
                buffers().write(index, offset, n, from.buffers(), from.fragmentBuffer(i), at);
                filled += n;
                at += n;
                left -= n;
            }
        }
        finish(slot, filled, false);
        advance(next(slot));
        return true;
    }

    /**
     * Moves whole frames from a receive ring to this ring and gives their slots back there. The buffers are exchanged
     * where that is possible, so that no data moves; otherwise there is one copy.
     *
     * @param from a ring of any port
     * @param sameRegion whether both ports share a memory region; {@code false} to copy in any case
     * @param max the largest number of frames
     * @return how many frames were moved; a frame of more than {@link #maxFrameLength()} bytes stays in the receive
     *     ring
     * @throws NetmapException if a slot of this ring holds an index that is not valid
     */
    public int forward(NetmapRxRing from, boolean sameRegion, int max) throws NetmapException {
        int count = 0;
        while (count < max) {
            int run = hasOffsets() ? 0 : Math.min(Math.min(run(), from.plainRun()), max - count);
            int n = sameRegion ? exchangeRun(from, run) : copyShortRun(from, run);
            if (n == 0 && !sameRegion) {
                n = copyRun(from, run);
            }
            if (n == 0) {
                if (from.next() == NetmapRxRing.NONE || !forwardOne(from, sameRegion)) {
                    break;
                }
                from.release();
                n = 1;
            }
            count += n;
        }
        return count;
    }

    private int exchangeRun(NetmapRxRing from, int run) {
        int in = from.head();
        int out = head();
        int i = 0;
        for (; i < run; i++) {
            long full = from.word(in + i);
            long free = word(out + i);
            if (!from.isPlain(full) || !buffers().holds(Slot.bufferIndex(free))) {
                break;
            }
            word(out + i, Slot.word(Slot.bufferIndex(full), Slot.length(full), Slot.BUF_CHANGED));
            from.word(in + i, Slot.withBuffer(full, Slot.bufferIndex(free)));
        }
        advanceBy(i);
        from.advanceBy(i);
        return i;
    }

    /** Copies short frames, in one pass over the slots. */
    private int copyShortRun(NetmapRxRing from, int run) {
        int in = from.head();
        int out = head();
        int i = 0;
        for (; i < run; i++) {
            long full = from.word(in + i);
            long free = word(out + i);
            int index = Slot.bufferIndex(free);
            int length = Slot.length(full);
            if (!from.isPlain(full) || !buffers().holds(index) || length > bufferSize()
                || !buffers().writeShort(index, 0, length, from.buffers(), Slot.bufferIndex(full), 0)) {
                break;
            }
            word(out + i, Slot.word(index, length, Slot.flags(free) & Slot.BUF_CHANGED));
        }
        advanceBy(i);
        from.advanceBy(i);
        return i;
    }

    /**
     * Works in three passes: it reads the slots, copies the data, and writes the slots. After a copy, the JIT no longer
     * knows the state of the rings' memory, so access to slots costs more next to a copy than in loops of its own.
     */
    private int copyRun(NetmapRxRing from, int run) {
        int in = from.head();
        int out = head();
        int count = checkRun(from, in, out, Math.min(run, CHUNK));
        buffers().write(free, from.buffers(), full, count);
        for (int i = 0; i < count; i++) {
            int changed = Slot.flags(free[i]) & Slot.BUF_CHANGED;
            word(out + i, Slot.word(Slot.bufferIndex(free[i]), Slot.length(full[i]), changed));
        }
        advanceBy(count);
        from.advanceBy(count);
        return count;
    }

    private int checkRun(NetmapRxRing from, int in, int out, int run) {
        for (int i = 0; i < run; i++) {
            full[i] = from.word(in + i);
            free[i] = word(out + i);
            if (!from.isPlain(full[i]) || !buffers().holds(Slot.bufferIndex(free[i]))
                || Slot.length(full[i]) > bufferSize()) {
                return i;
            }
        }
        return run;
    }

    private boolean forwardOne(NetmapRxRing from, boolean sameRegion) throws NetmapException {
        if (!sameRegion || from.frameSlots() != 1) {
            return write(from);
        }
        int other = exchange(from.fragmentBuffer(0), from.fragmentOffset(0), from.fragmentLength(0));
        if (other == 0) {
            return write(from);
        }
        from.replaceBuffer(other);
        return true;
    }

    /**
     * Sends a buffer of this ring's region by its index, in exchange for the one in the slot.
     *
     * @param index one for which {@link NetmapBuffers#holds} returns true; it no longer belongs to the caller if it is
     *     taken
     * @param offset where in it the frame begins
     * @param length 1 to the end of the buffer
     * @return the index of the buffer that was in the slot, which belongs to the caller now; 0, which is no buffer, if
     *     the frame has to be copied, because no slot is free, the data have to begin elsewhere, or netmap's memory is
     *     damaged
     */
    public int exchange(int index, int offset, int length) {
        int slot = head();
        if (slot == tail() || offset(slot) != offset || length > MAX_LENGTH) {
            return 0;
        }
        int old = Slot.bufferIndex(word(slot));
        if (!buffers().holds(old)) {
            return 0;
        }
        word(slot, Slot.word(index, length, Slot.BUF_CHANGED));
        advance(next(slot));
        return old;
    }

    /**
     * Sends frames of a batch that lie in buffers of this ring's region by their indices, in exchange for the buffers
     * in the slots.
     *
     * @param old takes what was in the slots, as {@link Slot#word}; these buffers belong to the caller, and those of
     *     the frames no longer do
     * @param max the largest number of frames, no more than the batch has
     * @return how many there was room for, from the first one on
     */
    public int exchange(FrameBatch frames, long[] old, int max) {
        int out = head();
        int run = hasOffsets() ? 0 : Math.min(run(), Math.min(max, old.length));
        int i = 0;
        for (; i < run && frames.isHandle(i); i++) {
            long full = frames.handle(i);
            long free = word(out + i);
            if (!buffers().holds(Slot.bufferIndex(free)) || Slot.length(full) > bufferSize()) {
                break;
            }
            old[i] = free;
            word(out + i, Slot.word(Slot.bufferIndex(full), Slot.length(full), Slot.BUF_CHANGED));
        }
        advanceBy(i);
        return i;
    }

    /** Writes the length and the flags of a slot whose buffer is filled. */
    private void finish(int slot, int length, boolean more) {
        long word = word(slot);
        int changed = Slot.flags(word) & Slot.BUF_CHANGED;
        word(slot, Slot.word(Slot.bufferIndex(word), length, more ? changed | Slot.MOREFRAG : changed));
    }

    /** The offset at which the data begin in the buffer of a slot, after checking both. */
    private int requireBuffer(int slot, int index) throws NetmapException {
        long offset = offset(slot);
        if (!buffers().holds(index) || !holds(offset, 1)) {
            throw corrupt(slot, "holds buffer " + Integer.toUnsignedString(index) + " from " + offset);
        }
        return (int) offset;
    }

    /** Asks netmap to wake the program when more slots are free than now, by setting cur to tail. */
    public void awaitSpace() {
        wakeAt(tail());
    }

    private boolean fits(int length) {
        int left = length;
        int slot = head();
        while (left > 0) {
            if (slot == tail()) {
                return false;
            }
            left -= fragmentSize(slot);
            slot = next(slot);
        }
        return true;
    }

    /** How many bytes a slot takes from the offset on at which its data begin. */
    private int fragmentSize(int slot) {
        return (int) Math.min(MAX_LENGTH, Math.max(1, bufferSize() - offset(slot)));
    }
}
