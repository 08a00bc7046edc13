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
 * A receive ring. A round of reading: {@link #next()} finds a frame, {@link #read} copies it, {@link #release()} gives
 * its slots back; when {@code next()} finds none, a sync asks for more.
 *
 * <p>What is not a frame never comes out: empty slots, which a VALE switch leaves behind, are passed over; a chain
 * whose end has not come yet is waited for; and what cannot be a frame is given back and counted.
 */
public final class NetmapRxRing extends NetmapRing {
    /** Returned by {@link #next()} when no whole frame is there. */
    public static final int NONE = -1;

    /** What the slots of the frame held when they were checked; what they hold since does not matter. */
    private final long[] words = new long[NetmapLayout.MAX_FRAGMENTS];
    private final int[] offsets = new int[NetmapLayout.MAX_FRAGMENTS];
    /** The same of its first slot, which mostly is the only one. */
    private long firstWord;
    private int firstOffset;
    private int frameSlots;
    private int frameLength;
    private int frameEnd;
    /** In the middle of a chain that was given up; its rest goes as it comes. */
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

    /** The same, with the buffers of another ring of its port. */
    public NetmapRxRing(NetmapMemory region, long offset, NetmapBuffers known) throws NetmapException {
        super(region, offset, Ring.RECEIVE, known);
    }

    @Override
    public void detach() {
        // What was found lies in memory that goes.
        frameSlots = 0;
        discarding = false;
        super.detach();
    }

    /**
     * Finds the next whole frame. Asked again before {@link #release()}, it answers the same.
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

    /** {@link #next()}, whatever the slots hold. */
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
     * Looks at whole frames where they lie, and gives their slots back: a loop of {@link #next()} and {@link
     * #release()}, with less work for each frame.
     *
     * @param max how many frames at most
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

    /** How many slots stand together from head on that can be looked at one by one with {@link #isPlain}. */
    int plainRun() {
        return frameSlots != 0 || discarding || hasOffsets() ? 0 : run();
    }

    /** Whether a slot, which has no offset, is a good frame by itself. */
    boolean isPlain(long word) {
        int length = Slot.length(word);
        return (Slot.flags(word) & Slot.MOREFRAG) == 0 && length != 0 && length <= bufferSize()
            && buffers().holds(Slot.bufferIndex(word));
    }

    private boolean isGood(long word, long offset) {
        // Longer than its buffer: a header that a VALE switch added to a full slot does that.
        return buffers().holds(Slot.bufferIndex(word)) && holds(offset, Slot.length(word));
    }

    /** Looks at one chain from head on. Returns {@code false} if its end is not there yet. */
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

    /** A chain that fills the ring, or is too long already, will never be whole: it would stop the ring for good. */
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

    /** How many slots the frame that {@link #next()} found takes. */
    public int frameSlots() {
        return frameSlots;
    }

    /**
     * Appends the frame that {@link #next()} found to a buffer with room for it. The frame stays.
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

    /** The length of one fragment of the frame, 0 at least. */
    public int fragmentLength(int i) {
        return i == 0 ? Slot.length(firstWord) : Slot.length(words[i]);
    }

    /** The index of the buffer that one fragment lies in; if it is empty, any number. */
    public int fragmentBuffer(int i) {
        return i == 0 ? Slot.bufferIndex(firstWord) : Slot.bufferIndex(words[i]);
    }

    /** Where in its buffer it begins. */
    public int fragmentOffset(int i) {
        return i == 0 ? firstOffset : offsets[i];
    }

    /**
     * Takes the buffer of a frame that is alone in it, and puts another into its slot.
     *
     * @return the index of the buffer, the caller's from now on
     */
    public int replaceBuffer(int spare) {
        word(head(), Slot.withBuffer(firstWord, spare));
        return Slot.bufferIndex(firstWord);
    }

    /**
     * Takes the buffers of plain frames, and puts spares into their slots. One that {@link #next()} has found is the
     * first of them.
     *
     * @param taken takes what was in the slots, as {@link Slot#word}: the buffers are the caller's
     * @param max how many at most; there are as many spares
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

    /** Gives the slots of the frame that {@link #next()} found back to netmap, read or not. */
    public void release() {
        if (frameSlots != 0) {
            frameSlots = 0;
            advance(frameEnd);
        }
    }

    /** How many slots were passed over for holding nothing. */
    public long emptySlots() {
        return emptySlots;
    }

    /** How many slots held an index of no buffer, or more bytes than their buffer has. */
    public long badSlots() {
        return badSlots;
    }

    /** How many chains were dropped: for a bad slot, or for more than 64 fragments, or than the ring holds. */
    public long badChains() {
        return badChains;
    }

    /** How many of them are new since this was asked last. */
    public int newBadChains() {
        int fresh = (int) (badChains - toldChains);
        toldChains = badChains;
        return fresh;
    }
}
