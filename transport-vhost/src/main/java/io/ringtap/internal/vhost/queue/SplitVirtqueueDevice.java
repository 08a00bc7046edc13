/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.GuestMemory;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The device's side of a split ring (virtio 1.2, section 2.7).
 *
 * <pre>
 *   descriptor   u64 address   u32 length   u16 flags   u16 next
 *   available    u16 flags     u16 idx      u16 ring[size]             u16 used_event
 *   used         u16 flags     u16 idx      {u32 id, u32 length}[size] u16 avail_event
 * </pre>
 */
final class SplitVirtqueueDevice extends VirtqueueDevice {
    private final ByteBuffer descriptors;
    private final ByteBuffer available;
    private final ByteBuffer used;
    private final int mask;
    private final int usedEventAt;
    private final int availEventAt;
    /** These count up modulo 2^16: what was taken, what the driver was seen to have made available, what was used. */
    private int nextAvailable;
    private int seen;
    private int nextUsed;
    /** The index that the driver sees. */
    private int published;

    SplitVirtqueueDevice(QueueRing ring, QueueFeatures features, GuestMemory memory, int base) {
        super(ring, features, memory);
        descriptors = ring.descriptors();
        available = ring.driverArea();
        used = ring.deviceArea();
        mask = size - 1;
        usedEventAt = RingWords.RING + 2 * size;
        availEventAt = RingWords.RING + 8 * size;
        nextAvailable = base & 0xffff;
        seen = nextAvailable;
        nextUsed = nextAvailable;
        published = nextAvailable;
    }

    /** Reads the driver's index; whether it has moved. */
    private boolean look() {
        int index = RingWords.getShortAcquire(available, RingWords.INDEX);
        if (index == seen || fault() != null) {
            return false;
        }
        // Entries that are not used yet cannot be made available anew.
        if ((index - nextUsed & 0xffff) > size || (index - nextUsed & 0xffff) < (seen - nextUsed & 0xffff)) {
            stop(QueueFault.Kind.INDEX, "the index of the available ring of " + size + " entries went from " + seen
                + " to " + index + ", with " + inFlight() + " entries not used yet");
            return false;
        }
        seen = index;
        return true;
    }

    @Override
    int take(ChainParts parts, boolean writable) {
        if (nextAvailable == seen && !look() || fault() != null) {
            return NONE;
        }
        int head = available.getShort(RingWords.RING + 2 * (nextAvailable & mask)) & 0xffff;
        int begin = parts.next();
        if (!walk(head, parts, writable)) {
            parts.truncate(begin);
            return NONE;
        }
        nextAvailable = nextAvailable + 1 & 0xffff;
        return 1 << 16 | head;
    }

    private boolean walk(int head, ChainParts parts, boolean writable) {
        ByteBuffer table = descriptors;
        int begin = 0;
        int count = size;
        int index = head;
        boolean indirect = false;
        for (int left = MAX_PARTS; left > 0; left--) {
            if (index >= count) {
                stop(QueueFault.Kind.DESCRIPTOR, "the available ring or a chain names descriptor " + index + " of "
                    + count);
                return false;
            }
            int at = begin + index * RingWords.DESCRIPTOR;
            long address = table.getLong(at);
            long rest = table.getLong(at + RingWords.UPPER);
            int length = (int) rest;
            int flags = (int) (rest >>> 32) & 0xffff;
            if ((flags & RingWords.INDIRECT) != 0) {
                if (indirect) {
                    stop(QueueFault.Kind.INDIRECT, "a table of descriptors points to another one");
                    return false;
                }
                count = findTable(address, length, flags, left);
                if (count == 0) {
                    return false;
                }
                indirect = true;
                table = tableWindow();
                begin = tableOffset();
                index = 0;
                continue;
            }
            if (!addPart(parts, address, length, flags, writable)) {
                return false;
            }
            if ((flags & RingWords.NEXT) == 0) {
                return true;
            }
            index = (int) (rest >>> 48);
        }
        stop(QueueFault.Kind.CHAIN, "a chain has no end, or more than " + MAX_PARTS + " descriptors");
        return false;
    }

    @Override
    long position() {
        return nextAvailable;
    }

    @Override
    int takenSince(long position) {
        return nextAvailable - (int) position & 0xffff;
    }

    @Override
    void rewind(long position) {
        nextAvailable = (int) position;
    }

    @Override
    void complete(int chain, int written) {
        int at = RingWords.RING + 8 * (nextUsed & mask);
        used.putLong(at, (long) written << 32 | chain & 0xffff);
        logRing(at, 8);
        nextUsed = nextUsed + 1 & 0xffff;
    }

    @Override
    boolean publish() {
        int before = published;
        if (nextUsed == before || fault() != null) {
            return false;
        }
        published = nextUsed;
        RingWords.setShortRelease(used, RingWords.INDEX, nextUsed);
        logRing(RingWords.INDEX, 2);
        VarHandle.fullFence();
        if (!features.eventIndex()) {
            return (RingWords.getShortOpaque(available, RingWords.FLAGS) & RingWords.NO_NOTIFICATION) == 0;
        }
        int event = RingWords.getShortOpaque(available, usedEventAt);
        return RingWords.passes(event, before, nextUsed);
    }

    @Override
    void suppressNotifications() {
        if (!features.eventIndex()) {
            RingWords.setShortOpaque(used, RingWords.FLAGS, RingWords.NO_NOTIFICATION);
            logRing(RingWords.FLAGS, 2);
        }
        // With event index, the driver passes the index that it was given last once and no more.
    }

    @Override
    boolean requestNotifications() {
        if (features.eventIndex()) {
            RingWords.setShortOpaque(used, availEventAt, seen);
            logRing(availEventAt, 2);
        } else {
            RingWords.setShortOpaque(used, RingWords.FLAGS, 0);
            logRing(RingWords.FLAGS, 2);
        }
        VarHandle.fullFence();
        return look();
    }

    @Override
    boolean isWaiting() {
        return fault() == null && (nextAvailable != seen || look());
    }

    @Override
    public int base() {
        return nextAvailable;
    }

    @Override
    int inFlight() {
        return nextAvailable - nextUsed & 0xffff;
    }
}
