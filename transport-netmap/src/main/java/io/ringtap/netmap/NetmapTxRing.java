/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.ringtap.netmap.NetmapLayout.Ring;
import io.ringtap.netmap.NetmapLayout.Slot;

/**
 * A transmit ring. A flush: {@link #write} puts frame after frame into slots until it says no, then one sync hands them
 * over. Slots are counted before a frame is begun, so a frame is in the ring whole or not at all.
 */
public final class NetmapTxRing extends NetmapRing {
    /**
     * The transmit ring at an offset of a region.
     *
     * @throws NetmapException if there is none
     */
    public NetmapTxRing(NetmapMemory region, long offset) throws NetmapException {
        super(region, offset, Ring.TRANSMIT);
    }

    /**
     * The longest frame that fits a ring with nothing in it: 64 fragments, or all slots but one.
     */
    public int maxFrameLength() {
        return Math.min(NetmapLayout.MAX_FRAGMENTS, slots() - 1) * fragmentSize(head());
    }

    /**
     * Copies a frame into as many slots as it takes. The frame's indices stay, and it is not released.
     *
     * @param frame 1 to {@link #maxFrameLength()} bytes in any kind of buffer
     * @return {@code false} if too few slots are free: sync, then try again
     * @throws NetmapException if a slot holds an index of no buffer
     */
    public boolean write(ByteBuf frame) throws NetmapException {
        int left = frame.readableBytes();
        if (!fits(left)) {
            return false;
        }
        int from = frame.readerIndex();
        int slot = head();
        while (left > 0) {
            int index = bufferIndex(slot);
            if (!buffers().holds(index) || offset(slot) >= bufferSize()) {
                throw corrupt(slot, "holds buffer " + Integer.toUnsignedString(index) + " from " + offset(slot));
            }
            int fragment = Math.min(left, fragmentSize(slot));
            frame.getBytes(from, buffers().at(index, (int) offset(slot), fragment));
            from += fragment;
            left -= fragment;
            int changed = flags(slot) & Slot.BUF_CHANGED;
            set(slot, fragment, left > 0 ? changed | Slot.MOREFRAG : changed);
            slot = next(slot);
        }
        advance(slot);
        return true;
    }

    /** Asks netmap to wake the program when more slots are free than now: where cur stands at tail. */
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

    /** What a slot takes, behind where its data begin; a slot length has 16 bits. */
    private int fragmentSize(int slot) {
        return (int) Math.min(0xffff, Math.max(1, bufferSize() - offset(slot)));
    }
}
