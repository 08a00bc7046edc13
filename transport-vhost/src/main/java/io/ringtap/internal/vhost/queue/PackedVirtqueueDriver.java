/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** The driver's side of a packed ring; {@link PackedVirtqueueDevice} shows the layout. */
final class PackedVirtqueueDriver extends VirtqueueDriver {
    private final ByteBuffer descriptors;
    private final ByteBuffer driverEvents;
    private final ByteBuffer deviceEvents;
    /** Ids that no chain has, as many as are free from this place on; with IN_ORDER they go round in a circle. */
    private final int[] freeIds;
    private int idAt;
    private int idBack;
    /** The next descriptor to make available. */
    private int next;
    private boolean wrap = true;
    private int free;
    /** Where the next used descriptor will be. */
    private int usedAt;
    private boolean usedWrap = true;
    private int usedId;
    /** The first descriptor since {@link #publish}, which is written last; valid if there is one. */
    private int firstAt;
    private long firstWord;
    private boolean unpublished;

    PackedVirtqueueDriver(DriverMemory memory, DriverQueueLayout layout, QueueFeatures features) {
        super(memory, layout, features);
        descriptors = ring().descriptors();
        driverEvents = ring().driverArea();
        deviceEvents = ring().deviceArea();
        freeIds = new int[size];
        for (int i = 0; i < size; i++) {
            freeIds[i] = i;
        }
        free = size;
    }

    @Override
    public int base() {
        return usedAt | (usedWrap ? 1 << 15 : 0);
    }

    @Override
    int freeSlots() {
        return free;
    }

    @Override
    int nextId() {
        return freeIds[idAt];
    }

    @Override
    void write(int id, int number, long address, int length, int flags, boolean isLast) {
        int at = next + number;
        boolean lap = wrap;
        if (at >= size) {
            at -= size;
            lap = !lap;
        }
        int marked = flags | (lap ? RingWords.AVAILABLE : RingWords.USED);
        long word = (long) marked << 48 | (long) id << 32 | length & 0xffffffffL;
        descriptors.putLong(at * RingWords.DESCRIPTOR, address);
        if (unpublished) {
            descriptors.putLong(at * RingWords.DESCRIPTOR + RingWords.UPPER, word);
        } else {
            // The device looks at this one first, and finds those behind it written.
            unpublished = true;
            firstAt = at;
            firstWord = word;
        }
    }

    @Override
    void taken(int id, int count) {
        idAt = idAt + 1 == size ? 0 : idAt + 1;
        free -= count;
        next += count;
        if (next >= size) {
            next -= size;
            wrap = !wrap;
        }
    }

    @Override
    boolean publish() {
        if (!unpublished || fault() != null) {
            return false;
        }
        unpublished = false;
        RingWords.setLongRelease(descriptors, firstAt * RingWords.DESCRIPTOR + RingWords.UPPER, firstWord);
        VarHandle.fullFence();
        int suppression = RingWords.getIntOpaque(deviceEvents, 0);
        return RingWords.passes(suppression, features.eventIndex(), firstAt, next, wrap, size);
    }

    private long usedWord() {
        return RingWords.getLongAcquire(descriptors, usedAt * RingWords.DESCRIPTOR + RingWords.UPPER);
    }

    private boolean isUsed(long word) {
        int flags = (int) (word >>> 48);
        // A descriptor that has not been published yet may look used, as it is as the device has left it a lap ago.
        return (flags & RingWords.AVAILABLE) != 0 == usedWrap && (flags & RingWords.USED) != 0 == usedWrap;
    }

    @Override
    boolean isUsedWaiting() {
        return isUsed(usedWord());
    }

    @Override
    boolean readUsed() {
        long word = usedWord();
        if (!isUsed(word)) {
            return false;
        }
        usedId = (int) (word >>> 32) & 0xffff;
        // Without the flag the length says nothing.
        boolean written = (word >>> 48 & RingWords.WRITE) != 0;
        return used(usedId, written ? (int) word : 0);
    }

    @Override
    int usedId() {
        return usedId;
    }

    @Override
    void freed(int id, int count) {
        freeIds[idBack] = id;
        idBack = idBack + 1 == size ? 0 : idBack + 1;
        free += count;
        usedAt += count;
        if (usedAt >= size) {
            usedAt -= size;
            usedWrap = !usedWrap;
        }
    }

    @Override
    void suppressNotifications() {
        RingWords.setIntOpaque(driverEvents, 0, RingWords.EVENTS_OFF << 16);
    }

    @Override
    boolean requestNotifications() {
        int suppression = features.eventIndex()
            ? RingWords.EVENTS_AT << 16 | (usedWrap ? 1 << 15 : 0) | usedAt : RingWords.EVENTS_ON << 16;
        RingWords.setIntOpaque(driverEvents, 0, suppression);
        VarHandle.fullFence();
        return isWaiting();
    }
}
