/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The words of a ring by which the two sides of a queue meet, and the order in which they are read and written. */
final class RingWords {
    /** Offsets in the available and the used ring of a split queue. */
    static final int FLAGS = 0;
    static final int INDEX = 2;
    static final int RING = 4;
    /** VIRTQ_AVAIL_F_NO_INTERRUPT and VIRTQ_USED_F_NO_NOTIFY. */
    static final int NO_NOTIFICATION = 1;
    /** Flags of a descriptor. */
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;
    /** Flags of a descriptor of a packed ring. */
    static final int AVAILABLE = 1 << 7;
    static final int USED = 1 << 15;
    /** RING_EVENT_FLAGS_ENABLE, _DISABLE and _DESC of a packed ring, in the upper half of the event suppression. */
    static final int EVENTS_ON = 0;
    static final int EVENTS_OFF = 1;
    static final int EVENTS_AT = 2;
    /** Bytes of a descriptor, and of its upper half, in which length, flags and the rest lie. */
    static final int DESCRIPTOR = 16;
    static final int UPPER = 8;

    private static final VarHandle SHORT =
        MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
        MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private RingWords() {
    }

    static int getShortAcquire(ByteBuffer buffer, int at) {
        return (short) SHORT.getAcquire(buffer, at) & 0xffff;
    }

    static int getShortOpaque(ByteBuffer buffer, int at) {
        return (short) SHORT.getOpaque(buffer, at) & 0xffff;
    }

    /**
     * A fence and a plain store: JDK 17 ends the process if an ordered store of 16 bits hits memory whose file was
     * shortened, as its handler of SIGBUS cannot decode that instruction. Of other stores, and of plain ones, it makes
     * an error. An aligned store of 16 bits is never torn.
     */
    static void setShortRelease(ByteBuffer buffer, int at, int value) {
        VarHandle.releaseFence();
        SHORT.set(buffer, at, (short) value);
    }

    /** As above: a plain store, which a fence or a later ordered access of the same queue keeps in its place. */
    static void setShortOpaque(ByteBuffer buffer, int at, int value) {
        SHORT.set(buffer, at, (short) value);
    }

    static int getIntOpaque(ByteBuffer buffer, int at) {
        return (int) INT.getOpaque(buffer, at);
    }

    static void setIntOpaque(ByteBuffer buffer, int at, int value) {
        INT.setOpaque(buffer, at, value);
    }

    static long getLongAcquire(ByteBuffer buffer, int at) {
        return (long) LONG.getAcquire(buffer, at);
    }

    static void setLongRelease(ByteBuffer buffer, int at, long value) {
        LONG.setRelease(buffer, at, value);
    }

    /**
     * Whether a side that has moved from one place of a packed ring to another has passed the one at which the other
     * side wants a notification.
     *
     * @param suppression of the other side: where in the lower half, and flags in the upper
     * @param from where this side was, counted from the beginning of the ring
     * @param to where it is now; no more than a whole ring ahead
     * @param wrap its wrap counter now
     */
    static boolean passes(int suppression, boolean eventIndex, int from, int to, boolean wrap, int size) {
        int flags = suppression >>> 16 & 3;
        if (flags != EVENTS_AT || !eventIndex) {
            return flags != EVENTS_OFF;
        }
        // In turns of the present wrap counter, what lies in the turn before is negative.
        int event = suppression & 0x7fff;
        if ((suppression >>> 15 & 1) != 0 != wrap) {
            event -= size;
        }
        return passes(event, to <= from ? from - size : from, to);
    }

    /**
     * Whether an index that went from one value to another has passed the entry at which the other side wants a
     * notification (vring_need_event of Linux's {@code <linux/virtio_ring.h>}). All are modulo 2^16.
     */
    static boolean passes(int event, int from, int to) {
        return (to - event - 1 & 0xffff) < (to - from & 0xffff);
    }
}
