/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.GuestMemory;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The device's side of a packed ring (virtio 1.2, section 2.8).
 *
 * <pre>
 *   descriptor          u64 address   u32 length   u16 id   u16 flags
 *   event suppression   u16 place: 15 bits and the wrap counter   u16 flags
 * </pre>
 *
 * <p>A descriptor is available if its AVAILABLE bit equals the wrap counter of this side and its USED bit does not. The
 * upper eight bytes of a descriptor, with length, id and flags, are read and written at once.
 */
final class PackedVirtqueueDevice extends VirtqueueDevice {
    private final ByteBuffer descriptors;
    private final ByteBuffer driverEvents;
    private final ByteBuffer deviceEvents;
    /** The next descriptor to take. */
    private int next;
    private boolean nextWrap;
    /** Where the next used descriptor is written. */
    private int usedAt;
    private boolean usedWrap;
    /** Descriptors taken and completed since the beginning. */
    private long taken;
    private long completed;
    /** Where {@link #take} has found no chain last, and how many descriptors came before. */
    private int emptyAt;
    private boolean emptyWrap;
    private long emptyAfter;
    /** The first used descriptor since {@link #publish}, which is written last; valid if there is one. */
    private int firstAt;
    private long firstWord;
    private boolean unpublished;

    PackedVirtqueueDevice(QueueRing ring, QueueFeatures features, GuestMemory memory, int base) {
        super(ring, features, memory);
        descriptors = ring.descriptors();
        driverEvents = ring.driverArea();
        deviceEvents = ring.deviceArea();
        next = (base & 0x7fff) % size;
        nextWrap = (base & 0x8000) != 0;
        usedAt = next;
        usedWrap = nextWrap;
        emptyAt = next;
        emptyWrap = nextWrap;
    }

    private static boolean saysAvailable(int flags, boolean wrap) {
        return (flags & RingWords.AVAILABLE) != 0 == wrap && (flags & RingWords.USED) != 0 != wrap;
    }

    private boolean isAvailable(int at, boolean wrap) {
        long rest = RingWords.getLongAcquire(descriptors, at * RingWords.DESCRIPTOR + RingWords.UPPER);
        return saysAvailable((int) (rest >>> 48), wrap);
    }

    @Override
    int take(ChainParts parts, boolean writable) {
        if (fault() != null) {
            return NONE;
        }
        int begin = parts.next();
        int at = next;
        long rest = RingWords.getLongAcquire(descriptors, at * RingWords.DESCRIPTOR + RingWords.UPPER);
        if (!saysAvailable((int) (rest >>> 48), nextWrap)) {
            emptyHere();
            return NONE;
        }
        int most = Math.min(MAX_PARTS, size - inFlight());
        int slots = 0;
        while (slots < most) {
            int flags = (int) (rest >>> 48);
            long address = descriptors.getLong(at * RingWords.DESCRIPTOR);
            slots++;
            boolean fits = (flags & RingWords.INDIRECT) == 0
                ? addPart(parts, address, (int) rest, flags, writable)
                : addTable(parts, address, (int) rest, flags, writable, MAX_PARTS - slots + 1);
            if (!fits) {
                parts.truncate(begin);
                return NONE;
            }
            if ((flags & RingWords.NEXT) == 0) {
                advance(slots);
                return slots << 16 | (int) (rest >>> 32) & 0xffff;
            }
            at = at + 1 == size ? 0 : at + 1;
            rest = descriptors.getLong(at * RingWords.DESCRIPTOR + RingWords.UPPER);
        }
        parts.truncate(begin);
        return stop(QueueFault.Kind.CHAIN, slots == MAX_PARTS ? "a chain has more than " + MAX_PARTS + " descriptors"
            : "a chain goes on into descriptors that are not used yet, in a ring of " + size);
    }

    private void emptyHere() {
        emptyAt = next;
        emptyWrap = nextWrap;
        emptyAfter = taken;
    }

    private boolean addTable(ChainParts parts, long address, int length, int flags, boolean writable, int room) {
        int count = findTable(address, length, flags, room);
        ByteBuffer table = tableWindow();
        int begin = tableOffset();
        for (int i = 0; i < count; i++) {
            int at = begin + i * RingWords.DESCRIPTOR;
            long rest = table.getLong(at + RingWords.UPPER);
            int inner = (int) (rest >>> 48);
            if ((inner & RingWords.INDIRECT) != 0) {
                stop(QueueFault.Kind.INDIRECT, "a table of descriptors points to another one");
                return false;
            }
            if (!addPart(parts, table.getLong(at), (int) rest, inner, writable)) {
                return false;
            }
        }
        return count != 0;
    }

    private void advance(int slots) {
        taken += slots;
        next += slots;
        if (next >= size) {
            next -= size;
            nextWrap = !nextWrap;
        }
    }

    @Override
    long position() {
        return taken;
    }

    @Override
    int takenSince(long position) {
        return (int) (taken - position);
    }

    @Override
    void rewind(long position) {
        next -= (int) (taken - position);
        taken = position;
        if (next < 0) {
            next += size;
            nextWrap = !nextWrap;
        }
    }

    @Override
    void complete(int chain, int written) {
        int slots = chain >>> 16;
        int flags = (usedWrap ? RingWords.AVAILABLE | RingWords.USED : 0) | (written != 0 ? RingWords.WRITE : 0);
        long word = (long) flags << 48 | (chain & 0xffffL) << 32 | written & 0xffffffffL;
        int at = usedAt * RingWords.DESCRIPTOR + RingWords.UPPER;
        if (unpublished) {
            descriptors.putLong(at, word);
            logRing(at, 8);
        } else {
            // The driver looks at this one first, and finds those behind it written.
            unpublished = true;
            firstAt = usedAt;
            firstWord = word;
        }
        completed += slots;
        usedAt += slots;
        if (usedAt >= size) {
            usedAt -= size;
            usedWrap = !usedWrap;
        }
    }

    @Override
    boolean publish() {
        if (!unpublished || fault() != null) {
            return false;
        }
        unpublished = false;
        int at = firstAt * RingWords.DESCRIPTOR + RingWords.UPPER;
        RingWords.setLongRelease(descriptors, at, firstWord);
        logRing(at, 8);
        VarHandle.fullFence();
        int suppression = RingWords.getIntOpaque(driverEvents, 0);
        return RingWords.passes(suppression, features.eventIndex(), firstAt, usedAt, usedWrap, size);
    }

    @Override
    void suppressNotifications() {
        RingWords.setIntOpaque(deviceEvents, 0, RingWords.EVENTS_OFF << 16);
    }

    @Override
    boolean requestNotifications() {
        if (taken > emptyAfter) {
            // Nobody has looked behind the last chain.
            emptyHere();
        }
        int suppression = features.eventIndex()
            ? RingWords.EVENTS_AT << 16 | (emptyWrap ? 1 << 15 : 0) | emptyAt : RingWords.EVENTS_ON << 16;
        RingWords.setIntOpaque(deviceEvents, 0, suppression);
        VarHandle.fullFence();
        return fault() == null && isAvailable(emptyAt, emptyWrap);
    }

    @Override
    boolean isWaiting() {
        return fault() == null && isAvailable(next, nextWrap);
    }

    @Override
    public int base() {
        int available = next | (nextWrap ? 1 << 15 : 0);
        int used = usedAt | (usedWrap ? 1 << 15 : 0);
        return used << 16 | available;
    }

    @Override
    int inFlight() {
        return (int) (taken - completed);
    }
}
