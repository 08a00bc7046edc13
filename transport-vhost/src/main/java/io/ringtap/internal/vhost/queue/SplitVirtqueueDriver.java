/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** The driver's side of a split ring; {@link SplitVirtqueueDevice} shows the layout. The id of a chain is its head. */
final class SplitVirtqueueDriver extends VirtqueueDriver {
    private final ByteBuffer descriptors;
    private final ByteBuffer available;
    private final ByteBuffer used;
    private final int mask;
    private final int usedEventAt;
    private final int availEventAt;
    /** The descriptor that comes after one: in the list of free ones, or in its chain. */
    private final int[] following;
    private final int[] lasts;
    private int firstFree;
    private int free;
    private int last;
    /** These count up modulo 2^16. */
    private int nextAvailable;
    private int published;
    private int nextUsed;
    private int seen;
    private int usedId;

    SplitVirtqueueDriver(DriverMemory memory, DriverQueueLayout layout, QueueFeatures features) {
        super(memory, layout, features);
        descriptors = ring().descriptors();
        available = ring().driverArea();
        used = ring().deviceArea();
        mask = size - 1;
        usedEventAt = RingWords.RING + 2 * size;
        availEventAt = RingWords.RING + 8 * size;
        following = new int[size];
        lasts = new int[size];
        for (int i = 0; i < size; i++) {
            // With IN_ORDER, descriptors are used in a circle, and this stays as it is.
            following[i] = i + 1 & mask;
        }
        free = size;
    }

    @Override
    public int base() {
        return nextUsed;
    }

    @Override
    int freeSlots() {
        return free;
    }

    @Override
    int nextId() {
        last = firstFree;
        return firstFree;
    }

    @Override
    void write(int id, int number, long address, int length, int flags, boolean isLast) {
        if (number != 0) {
            last = following[last];
        }
        int at = last * RingWords.DESCRIPTOR;
        descriptors.putLong(at, address);
        descriptors.putLong(at + RingWords.UPPER,
            (isLast ? 0 : (long) following[last] << 48) | (long) flags << 32 | length & 0xffffffffL);
    }

    @Override
    void taken(int id, int count) {
        lasts[id] = last;
        firstFree = following[last];
        free -= count;
        available.putShort(RingWords.RING + 2 * (nextAvailable & mask), (short) id);
        nextAvailable = nextAvailable + 1 & 0xffff;
    }

    @Override
    boolean publish() {
        int before = published;
        if (nextAvailable == before || fault() != null) {
            return false;
        }
        published = nextAvailable;
        RingWords.setShortRelease(available, RingWords.INDEX, nextAvailable);
        VarHandle.fullFence();
        if (!features.eventIndex()) {
            return (RingWords.getShortOpaque(used, RingWords.FLAGS) & RingWords.NO_NOTIFICATION) == 0;
        }
        return RingWords.passes(RingWords.getShortOpaque(used, availEventAt), before, nextAvailable);
    }

    private boolean look() {
        int index = RingWords.getShortAcquire(used, RingWords.INDEX);
        if (index == seen || fault() != null) {
            return false;
        }
        int ahead = index - nextUsed & 0xffff;
        if (ahead > (published - nextUsed & 0xffff) || ahead < (seen - nextUsed & 0xffff)) {
            stop(QueueFault.Kind.INDEX, "the index of the used ring of " + size + " entries went from " + seen + " to "
                + index + ", with the available ring at " + published);
            return false;
        }
        seen = index;
        return true;
    }

    @Override
    boolean isUsedWaiting() {
        return nextUsed != seen || look();
    }

    @Override
    boolean readUsed() {
        if (nextUsed == seen && !look()) {
            return false;
        }
        long entry = used.getLong(RingWords.RING + 8 * (nextUsed & mask));
        usedId = (int) Math.min(entry & 0xffffffffL, Integer.MAX_VALUE);
        if (!used(usedId, (int) (entry >>> 32))) {
            return false;
        }
        if (batch() > (seen - nextUsed & 0xffff)) {
            stop(QueueFault.Kind.INDEX, "the device has used " + batch() + " chains in one entry, and its index says "
                + (seen - nextUsed & 0xffff));
            return false;
        }
        return true;
    }

    @Override
    int usedId() {
        return usedId;
    }

    @Override
    void freed(int id, int count) {
        nextUsed = nextUsed + 1 & 0xffff;
        free += count;
        if (!features.inOrder()) {
            following[lasts[id]] = firstFree;
            firstFree = id;
        }
    }

    @Override
    void suppressNotifications() {
        if (!features.eventIndex()) {
            RingWords.setShortOpaque(available, RingWords.FLAGS, RingWords.NO_NOTIFICATION);
        }
        // With event index, the device passes the index that it was given last once and no more.
    }

    @Override
    boolean requestNotifications() {
        if (features.eventIndex()) {
            RingWords.setShortOpaque(available, usedEventAt, seen);
        } else {
            RingWords.setShortOpaque(available, RingWords.FLAGS, 0);
        }
        VarHandle.fullFence();
        return isWaiting();
    }
}
