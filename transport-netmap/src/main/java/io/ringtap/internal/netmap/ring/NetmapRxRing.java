/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.netmap.driver.NetmapMemory;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;

/**
 * A receive ring. To read, call {@link #next()}, which finds a frame, {@link #read}, which copies it, and {@link
 * #release()}, which gives its slots back. When {@code next()} finds none, a sync asks netmap for more.
 *
 * <p>Only whole frames are found. Empty slots, which a VALE switch leaves behind, are skipped; for a chain of slots
 * whose end has not arrived yet, the ring waits; and what cannot be a frame is given back and counted.
 */
public final class NetmapRxRing extends NetmapRing {
    /** Returned by {@link #next()} when no whole frame is there. */
    public static final int NONE = -1;

    /** The slots of the frame as they were when they were checked. Later changes by netmap do not matter. */
    private final long[] words = new long[NetmapLayout.MAX_FRAGMENTS];
    private final int[] offsets = new int[NetmapLayout.MAX_FRAGMENTS];
    /** The same for its first slot, which is usually the only one. */
    private long firstWord;
    private int firstOffset;
    private int frameSlots;
    private int frameLength;
    private int frameEnd;
    /** Whether a chain was given up before its end. Its other slots are dropped when they arrive. */
    private boolean discarding;
    private long emptySlots;
    private long badSlots;
    private long badChains;
    private long toldChains;

    /**
     * The receive ring at an offset of a region.
     *
     * @throws NetmapException if there is none
     */
    public NetmapRxRing(NetmapMemory region, long offset) throws NetmapException {
        this(region, offset, null);
    }

    /** The receive ring at an offset of a region, which shares the buffers of another ring of its port. */
    public NetmapRxRing(NetmapMemory region, long offset, NetmapBuffers known) throws NetmapException {
        super(region, offset, Ring.RECEIVE, known);
    }

    @Override
    public void detach() {
        // The frame that was found is in memory that will be unmapped.
        frameSlots = 0;
        discarding = false;
        super.detach();
    }

    /**
     * Finds the next whole frame. It returns the same until {@link #release()} is called.
     *
     * @return its length in bytes, at least 1, or {@link #NONE}
     */
    public int next() {
        if (frameSlots != 0) {
            return frameLength;
        }
        int slot = head();
        if (slot == tail()) {
            return NONE;
        }
        long word = word(slot);
        int length = Slot.length(word);
        if ((Slot.flags(word) & Slot.MOREFRAG) != 0 || length == 0 || discarding) {
            return search();
        }
        long offset = offset(slot);
        if (!isGood(word, offset)) {
            return search();
        }
        return found(1, length, next(slot), word, offset);
    }

    private int found(int count, int length, int end, long first, long offset) {
        firstWord = first;
        firstOffset = (int) offset;
        frameSlots = count;
        frameLength = length;
        frameEnd = end;
        return length;
    }

    /** Does the work of {@link #next()} for slots of any kind. */
    private int search() {
        while (head() != tail()) {
            if (discarding) {
                discard();
            } else if (!scan()) {
                return NONE;
            } else if (frameSlots != 0) {
                return frameLength;
            }
        }
        return NONE;
    }

    /**
     * Shows whole frames in place and gives their slots back. It does the same as a loop of {@link #next()} and {@link
     * #release()}, with less work for each frame.
     *
     * @param max the largest number of frames
     * @return how many there were
     */
    public int receive(SlotConsumer consumer, int max) {
        int count = 0;
        while (count < max) {
            int n = receiveRun(consumer, max - count);
            if (n == 0) {
                if (next() == NONE) {
                    break;
                }
                for (int i = 0; i < frameSlots; i++) {
                    consumer.slot(fragmentBuffer(i), fragmentOffset(i), fragmentLength(i), i < frameSlots - 1);
                }
                release();
                n = 1;
            }
            count += n;
        }
        return count;
    }

    private int receiveRun(SlotConsumer consumer, int max) {
        int slot = head();
        int end = slot + Math.min(max, plainRun());
        try {
            for (; slot < end; slot++) {
                long word = word(slot);
                if (!isPlain(word)) {
                    break;
                }
                consumer.slot(Slot.bufferIndex(word), 0, Slot.length(word), false);
            }
        } finally {
            slot -= head();
            advanceBy(slot);
        }
        return slot;
    }

    /** How many slots are contiguous from head on and can be examined one by one with {@link #isPlain}. */
    int plainRun() {
        return frameSlots != 0 || discarding || hasOffsets() ? 0 : run();
    }

    /** Whether a slot without an offset is a valid frame by itself. */
    boolean isPlain(long word) {
        int length = Slot.length(word);
        return (Slot.flags(word) & Slot.MOREFRAG) == 0 && length != 0 && length <= bufferSize()
            && buffers().holds(Slot.bufferIndex(word));
    }

    private boolean isGood(long word, long offset) {
        // A length that exceeds the buffer occurs when a VALE switch has added a header to a full slot.
        return buffers().holds(Slot.bufferIndex(word)) && holds(offset, Slot.length(word));
    }

    /** Examines one chain from head on. Returns {@code false} if its end has not arrived. */
    private boolean scan() {
        int slot = head();
        int count = 0;
        int length = 0;
        boolean bad = false;
        boolean more = true;
        while (more) {
            if (slot == tail()) {
                return giveUpOrWait(count);
            }
            long word = word(slot);
            long offset = offset(slot);
            int fragment = Slot.length(word);
            more = (Slot.flags(word) & Slot.MOREFRAG) != 0;
            if (fragment != 0 && !isGood(word, offset)) {
                badSlots++;
                bad = true;
            }
            if (count < words.length) {
                words[count] = word;
                offsets[count] = (int) offset;
            }
            length += fragment;
            count++;
            slot = next(slot);
        }
        if (bad || count > NetmapLayout.MAX_FRAGMENTS) {
            badChains++;
            advance(slot);
        } else if (length == 0) {
            emptySlots += count;
            advance(slot);
        } else {
            found(count, length, slot, words[0], offsets[0]);
        }
        return true;
    }

    /**
     * A chain that fills the ring, or has too many slots already, can never be completed, and would stop the ring for
     * good.
     */
    private boolean giveUpOrWait(int count) {
        if (count >= NetmapLayout.MAX_FRAGMENTS || count == slots() - 1) {
            badChains++;
            discarding = true;
            return true;
        }
        wakeAt(tail());
        return false;
    }

    private void discard() {
        int slot = head();
        while (discarding && slot != tail()) {
            discarding = (Slot.flags(word(slot)) & Slot.MOREFRAG) != 0;
            slot = next(slot);
        }
        advance(slot);
    }

    /** How many slots the frame takes that {@link #next()} found. */
    public int frameSlots() {
        return frameSlots;
    }

    /**
     * Appends the frame that {@link #next()} found to a buffer with room for it. The frame stays in the ring.
     *
     * @throws IndexOutOfBoundsException if the buffer cannot grow to hold it
     */
    public void read(ByteBuf to) {
        to.ensureWritable(frameLength);
        if (frameSlots == 1) {
            buffers().read(Slot.bufferIndex(firstWord), firstOffset, frameLength, to);
            return;
        }
        for (int i = 0; i < frameSlots; i++) {
            int length = fragmentLength(i);
            if (length != 0) {
                buffers().read(fragmentBuffer(i), fragmentOffset(i), length, to);
            }
        }
    }

    /** The length of one fragment of the frame, which may be 0. */
    public int fragmentLength(int i) {
        return i == 0 ? Slot.length(firstWord) : Slot.length(words[i]);
    }

    /** The index of the buffer that contains a fragment. If the fragment is empty, it may be any number. */
    public int fragmentBuffer(int i) {
        return i == 0 ? Slot.bufferIndex(firstWord) : Slot.bufferIndex(words[i]);
    }

    /** The offset at which a fragment begins in its buffer. */
    public int fragmentOffset(int i) {
        return i == 0 ? firstOffset : offsets[i];
    }

    /**
     * Takes the buffer of a frame that has one slot only, and puts another buffer into the slot.
     *
     * @return the index of the buffer, which belongs to the caller from now on
     */
    public int replaceBuffer(int spare) {
        word(head(), Slot.withBuffer(firstWord, spare));
        return Slot.bufferIndex(firstWord);
    }

    /**
     * Takes the buffers of frames that have one slot each and no offset, and puts spares into their slots. If {@link
     * #next()} has found a frame, it is the first of them.
     *
     * @param taken takes what was in the slots, as {@link Slot#word}; the buffers belong to the caller
     * @param max the largest number of frames; there are at least as many spares
     * @return how many there were
     */
    public int exchange(long[] taken, NetmapExtraBuffers spares, int max) {
        int from = head();
        if (frameSlots == 1) {
            frameSlots = 0;
        }
        int run = Math.min(max, plainRun());
        int i = 0;
        for (; i < run; i++) {
            long word = word(from + i);
            if (!isPlain(word)) {
                break;
            }
            taken[i] = word;
            word(from + i, Slot.withBuffer(word, spares.take()));
        }
        advanceBy(i);
        return i;
    }

    /** Gives the slots of the frame that {@link #next()} found back to netmap, whether it was read or not. */
    public void release() {
        if (frameSlots != 0) {
            frameSlots = 0;
            advance(frameEnd);
        }
    }

    /** How many slots were skipped because they were empty. */
    public long emptySlots() {
        return emptySlots;
    }

    /** How many slots held an index that is not valid, or a length that exceeds their buffer. */
    public long badSlots() {
        return badSlots;
    }

    /**
     * How many chains were dropped because they had an invalid slot, more than 64 fragments, or more than the ring can
     * hold.
     */
    public long badChains() {
        return badChains;
    }

    /** How many chains were dropped since the last call. */
    public int newBadChains() {
        int fresh = (int) (badChains - toldChains);
        toldChains = badChains;
        return fresh;
    }
}
