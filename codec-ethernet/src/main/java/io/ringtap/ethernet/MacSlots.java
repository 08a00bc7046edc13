/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The memory of a {@link MacTable}: slots for stations, and where in them an address may lie. Any thread; allocates
 * nothing.
 *
 * <pre>
 *   slot    entry   address in the high 48 bits | static (1 bit) | port + 1 (15 bits); 0 in a free slot
 *           heard   when the station was last heard, in seconds
 *   moves           how often the station has moved (48 bits) | from which port + 1 the last time (16 bits)
 * </pre>
 *
 * <p>Entry and time lie side by side, as each frame needs both: in one cache line for each of its two addresses. Moves
 * lie apart from them. An address may lie in two sets of eight slots. Most are in their home, a slot of the first set
 * that is looked at before all others; a small table has eight times as many slots as stations, so that few find their
 * home taken.
 */
final class MacSlots {
    static final long FREE = 0;
    /** The port + 1 in the low bits of an entry, and of what is noted of moves. */
    static final long PORT_MASK = 0x7fff;
    /** The bit of an entry that somebody has set, and nobody has learned. */
    static final long STATIC = 0x8000;
    static final int WAYS = 8;
    static final int NONE = -1;

    private static final long ONE_MOVE = 0x1_0000;
    private static final int SPARSE = 1 << 14;
    /** Free slots of a set that are for stations to which the other set is worse. */
    private static final int LAST_FREE = 2;

    private final int setMask;
    private final int ageingSeconds;
    private final long key;
    private final long multiplier;
    private final AtomicLongArray slots;
    private final AtomicLongArray moves;
    private final AtomicInteger size = new AtomicInteger();

    /** For a number of stations, with the key of the hash. */
    MacSlots(int maxAddresses, int ageingSeconds, long key, long multiplier) {
        this.ageingSeconds = ageingSeconds;
        this.key = key;
        this.multiplier = multiplier | 1;
        int least = maxAddresses <= SPARSE ? 8 * maxAddresses : 2 * maxAddresses;
        int count = Math.max(2 * WAYS, Integer.highestOneBit(least - 1) << 1);
        setMask = count / WAYS - 1;
        slots = new AtomicLongArray(2 * count);
        moves = new AtomicLongArray(count);
    }

    /** How many slots there are. */
    int count() {
        return moves.length();
    }

    /** How many stations there are. */
    int size() {
        return size.get();
    }

    long entry(int slot) {
        return slots.getAcquire(2 * slot);
    }

    /** An entry as it is after all that this thread has written, to see what others have written before. */
    long currentEntry(int slot) {
        return slots.get(2 * slot);
    }

    /** Replaces an entry of the same address, or fails as another thread was faster. */
    boolean replace(int slot, long present, long entry) {
        return slots.compareAndSet(2 * slot, present, entry);
    }

    int heard(int slot) {
        return (int) slots.getAcquire(2 * slot + 1);
    }

    /** Notes when a station was heard; written only when the second changes, as other event loops read the line. */
    void heard(int slot, int now) {
        if (heard(slot) != now) {
            slots.setRelease(2 * slot + 1, now);
        }
    }

    boolean isAged(long entry, int slot, int now) {
        // A thread that lags may see a time ahead of its own: then the difference is negative and the entry is fresh.
        return now - heard(slot) >= ageingSeconds && (entry & STATIC) == 0;
    }

    /** How often the station in a slot has moved, in the high 48 bits; from which port + 1 the last time, below. */
    long moves(int slot) {
        return moves.getAcquire(slot);
    }

    void countMove(int slot, long from) {
        long before = moves.getAcquire(slot);
        for (;;) {
            long witness = moves.compareAndExchange(slot, before, (before & ~PORT_MASK) + ONE_MOVE | from);
            if (witness == before) {
                return;
            }
            before = witness;
        }
    }

    /** Makes room for one more station of at most so many. */
    boolean reserve(int most) {
        int current = size.get();
        while (current < most) {
            int witness = size.compareAndExchange(current, current + 1);
            if (witness == current) {
                return true;
            }
            current = witness;
        }
        return false;
    }

    /** Puts a station, for which there is room, into a free slot; or fails and gives the room back. */
    boolean put(int slot, long entry, int now) {
        // These go first, so that the entry is never seen with the age and the moves of the one before it.
        slots.setRelease(2 * slot + 1, now);
        moves.setRelease(slot, 0);
        if (!slots.compareAndSet(2 * slot, FREE, entry)) {
            size.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Frees a slot, if its entry is still this one. */
    boolean remove(int slot, long entry) {
        if (!slots.compareAndSet(2 * slot, entry, FREE)) {
            return false;
        }
        size.decrementAndGet();
        return true;
    }

    /** The slot of an address; {@link #NONE} if it has none. */
    int find(long address, long hash, int first, int second) {
        int home = home(hash, first);
        if (holds(entry(home), address)) {
            return home;
        }
        int slot = slotIn(first, address);
        return slot == NONE ? slotIn(second, address) : slot;
    }

    private int slotIn(int set, long address) {
        for (int slot = set; slot < set + WAYS; slot++) {
            if (holds(entry(slot), address)) {
                return slot;
            }
        }
        return NONE;
    }

    static boolean holds(long entry, long address) {
        return entry >>> 16 == address && entry != FREE;
    }

    /**
     * A free slot: the home, or one of the set that has more of them, the first set at a draw. The home is left free
     * while it is one of the last of its set: stations that had no choice would fill some sets, and a station with two
     * such sets would be refused long before the table is full.
     */
    int freeSlot(long hash, int first, int second) {
        int inFirst = 0;
        int inSecond = 0;
        int freeFirst = NONE;
        int freeSecond = NONE;
        // Downwards, so that the slot that a search looks at first is the one found.
        for (int way = WAYS - 1; way >= 0; way--) {
            if (entry(first + way) == FREE) {
                inFirst++;
                freeFirst = first + way;
            }
            if (entry(second + way) == FREE) {
                inSecond++;
                freeSecond = second + way;
            }
        }
        int home = home(hash, first);
        if (inFirst > LAST_FREE && entry(home) == FREE) {
            return home;
        }
        return inFirst >= inSecond ? freeFirst : freeSecond;
    }

    long hash(long address) {
        long hash = (address ^ key) * multiplier;
        hash = (hash ^ hash >>> 32) * multiplier;
        return hash ^ hash >>> 29;
    }

    /** The first slot of a set. */
    int firstSet(long hash) {
        return ((int) (hash >>> 32) & setMask) * WAYS;
    }

    /** The first slot of another set: the lowest bit differs always. */
    int secondSet(long hash, int first) {
        return first ^ (((int) hash | 1) & setMask) * WAYS;
    }

    /** The slot of the first set that is looked at first, and where the address lies if nobody was there before. */
    static int home(long hash, int first) {
        return first + (int) (hash >>> 61);
    }
}
