/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.ringtap.netmap.NetmapLayout.Ring;
import io.ringtap.netmap.NetmapLayout.Slot;

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
        super(region, offset, Ring.RECEIVE);
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
            int fragment = length(slot);
            more = (flags(slot) & Slot.MOREFRAG) != 0;
            if (fragment != 0 && (!buffers().holds(bufferIndex(slot)) || fragment + offset(slot) > bufferSize())) {
                // Longer than its buffer: a header that a VALE switch added to a full slot does that.
                badSlots++;
                bad = true;
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
            frameSlots = count;
            frameLength = length;
            frameEnd = slot;
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
            discarding = (flags(slot) & Slot.MOREFRAG) != 0;
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
        int slot = head();
        for (int i = 0; i < frameSlots; i++) {
            int fragment = length(slot);
            if (fragment != 0) {
                to.writeBytes(buffers().at(bufferIndex(slot), (int) offset(slot), fragment));
            }
            slot = next(slot);
        }
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
    int newBadChains() {
        int fresh = (int) (badChains - toldChains);
        toldChains = badChains;
        return fresh;
    }
}
