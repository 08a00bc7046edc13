/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * The forwarding table of a learning bridge (IEEE 802.1D-2004, 7.9): which port each station was last heard on. Any
 * number of event loops learn and look up at once, without a lock and without allocating.
 *
 * <p>An address has two sets of eight slots that it may lie in, chosen by a hash with a random key, so that nobody can
 * make up addresses that all meet in one set. A slot holds address and port in one {@code long}, replaced atomically,
 * so a reader never sees one station's address with another's port. One slot of the first set is looked at before all
 * others, and most addresses lie there. With twice as many slots as addresses, and each new address that finds this
 * slot taken put in the emptier of its sets, both being full does not happen in practice; if it does, the address is
 * refused as by a full table.
 *
 * <p>When the table is full, new addresses are refused and counted, and never take the place of a station that still
 * talks. An entry that was not refreshed for the ageing time is no longer found, and makes room when a new address
 * needs its slot or when {@link #removeAged(int)} passes.
 *
 * <p>A static entry says where a station is, whatever is heard of it: it does not age and does not move, and stays when
 * the stations that were learned are forgotten. It counts towards the bound.
 *
 * <p>Beside its port an entry has how often the station has moved, and from where the last time: one that moves to and
 * fro is the mark of a loop.
 *
 * <p>Time is given as seconds of {@link #seconds()}: read once for a batch of frames. A slot's time is written only
 * when the second changes, so that the stations of a busy bridge do not bounce cache lines between loops.
 */
public final class MacTable {
    /** What {@link #lookup} answers when the station is not known. */
    public static final int UNKNOWN = -1;
    /** The highest port index. */
    public static final int MAX_PORT = 0x7ffe;
    /** IEEE 802.1D-2004, table 7-5. */
    public static final int DEFAULT_AGEING_SECONDS = 300;

    private static final SecureRandom KEYS = new SecureRandom();
    private static final long FREE = 0;
    /** The port + 1 in the low bits of an entry, and of what is noted of moves. */
    private static final long PORT_MASK = 0x7fff;
    /** The bit of an entry that somebody has set, and nobody has learned. */
    private static final long STATIC = 0x8000;
    private static final long ONE_MOVE = 0x1_0000;
    private static final int WAYS = 8;
    private static final int NONE = -1;

    private static final int ENTERED = 0;
    private static final int REFUSED = 1;
    /** Another thread changed the table meanwhile, or we made room in it: look again. */
    private static final int CHANGED = 2;

    private final int maxAddresses;
    private final int ageingSeconds;
    private final long key;
    private final long multiplier;
    private final int setMask;
    /** The address in the high 48 bits, {@link #STATIC}, port + 1 in the low 15: no entry is {@link #FREE}. */
    private final AtomicLongArray entries;
    /** When the station in the slot was last heard. */
    private final AtomicIntegerArray heard;
    /** How often the station in the slot has moved, in the high 48 bits; from which port + 1 the last time, below. */
    private final AtomicLongArray moves;
    private final AtomicInteger size = new AtomicInteger();
    private final LongAdder learned = new LongAdder();
    private final LongAdder moved = new LongAdder();
    private final LongAdder aged = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /**
     * One station, as {@link #snapshot} found it.
     *
     * @param port where it was last heard
     * @param ageSeconds how long ago
     * @param moves how often it was heard on another port than before
     * @param movedFrom the port before the last move, {@link #UNKNOWN} without one
     * @param isStatic whether it was set by {@link #set}, and not learned
     */
    public record Entry(MacAddress address, int port, int ageSeconds, long moves, int movedFrom, boolean isStatic) {
    }

    /**
     * Makes an empty table.
     *
     * @param maxAddresses the most stations it holds, 1 to 2^26; takes 40 to 80 bytes for each
     * @param ageingSeconds how long a silent station is remembered, 1 to 1000000; 802.1D recommends
     *     {@link #DEFAULT_AGEING_SECONDS}
     */
    public MacTable(int maxAddresses, int ageingSeconds) {
        this(maxAddresses, ageingSeconds, KEYS.nextLong(), KEYS.nextLong());
    }

    MacTable(int maxAddresses, int ageingSeconds, long key, long multiplier) {
        this.maxAddresses = requireMaxAddresses(maxAddresses);
        this.ageingSeconds = requireAgeingSeconds(ageingSeconds);
        this.key = key;
        this.multiplier = multiplier | 1;
        int slots = Math.max(2 * WAYS, Integer.highestOneBit(2 * maxAddresses - 1) << 1);
        setMask = slots / WAYS - 1;
        entries = new AtomicLongArray(slots);
        heard = new AtomicIntegerArray(slots);
        moves = new AtomicLongArray(slots);
    }

    /**
     * Returns a number of addresses that a table may be made for.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static int requireMaxAddresses(int addresses) {
        if (addresses < 1 || addresses > 1 << 26) {
            throw new IllegalArgumentException("max addresses " + addresses + " is not within 1 to " + (1 << 26));
        }
        return addresses;
    }

    /**
     * Returns an ageing time that a table may be made for.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static int requireAgeingSeconds(int seconds) {
        if (seconds < 1 || seconds > 1_000_000) {
            throw new IllegalArgumentException("ageing of " + seconds + " s is not within 1 to 1000000");
        }
        return seconds;
    }

    /** The clock of this table: seconds from an arbitrary origin. */
    public static int seconds() {
        return (int) (System.nanoTime() / 1_000_000_000L);
    }

    /**
     * Notes that a station was heard on a port: a new station is entered, a known one refreshed, one that changed its
     * port moved. The caller leaves out group addresses.
     *
     * @param source the address as {@link MacAddress#bits()} gives it
     * @param port 0 to {@link #MAX_PORT}
     * @param now {@link #seconds()}
     * @return whether the table holds the station now; false if it was refused
     */
    public boolean learn(long source, int port, int now) {
        requirePort(port);
        long entry = source << 16 | port + 1;
        long hash = hash(source);
        int first = firstSet(hash);
        int second = secondSet(hash, first);
        for (;;) {
            int slot = find(source, hash, first, second);
            if (slot == NONE) {
                int outcome = enter(entry, hash, first, second, now);
                if (outcome != CHANGED) {
                    return outcome == ENTERED;
                }
                continue;
            }
            long present = entries.getAcquire(slot);
            if (present != entry) {
                if (present >>> 16 == source && (present & STATIC) != 0) {
                    return true;
                }
                // Not the station's slot any more, or another thread moves it too: look again.
                if (present >>> 16 != source || !entries.compareAndSet(slot, present, entry)) {
                    continue;
                }
                moved.increment();
                countMove(slot, present & PORT_MASK);
            }
            if (heard.getAcquire(slot) != now) {
                heard.setRelease(slot, now);
            }
            return true;
        }
    }

    /**
     * The port a station was last heard on.
     *
     * @param destination the address as {@link MacAddress#bits()} gives it
     * @param now {@link #seconds()}
     * @return {@link #UNKNOWN} if it was not heard within the ageing time
     */
    public int lookup(long destination, int now) {
        long hash = hash(destination);
        int first = firstSet(hash);
        int home = home(hash, first);
        long entry = entries.getAcquire(home);
        if (entry >>> 16 == destination && entry != FREE && !isAged(entry, home, now)) {
            return (int) (entry & PORT_MASK) - 1;
        }
        entry = entryIn(first, destination, now);
        if (entry == FREE) {
            entry = entryIn(secondSet(hash, first), destination, now);
        }
        return (int) (entry & PORT_MASK) - 1;
    }

    /**
     * Says where a station is, for as long as nobody says otherwise: a static entry. Any thread.
     *
     * @param address as {@link MacAddress#bits()} gives it
     * @param port 0 to {@link #MAX_PORT}
     * @param now {@link #seconds()}
     * @return whether the table holds the entry now; false if it is full
     */
    public boolean set(long address, int port, int now) {
        requirePort(port);
        long entry = address << 16 | STATIC | port + 1;
        long hash = hash(address);
        int first = firstSet(hash);
        int second = secondSet(hash, first);
        for (;;) {
            int slot = find(address, hash, first, second);
            if (slot == NONE) {
                int outcome = enter(entry, hash, first, second, now);
                if (outcome == REFUSED) {
                    return false;
                }
                continue;
            }
            long present = entries.get(slot);
            if (present == entry) {
                return true;
            }
            if (present >>> 16 == address && present != FREE) {
                entries.compareAndSet(slot, present, entry);
            }
        }
    }

    /**
     * Forgets a station, whether it was learned or set. Any thread.
     *
     * @param address as {@link MacAddress#bits()} gives it
     * @return whether there was one
     */
    public boolean remove(long address) {
        long hash = hash(address);
        int first = firstSet(hash);
        int second = secondSet(hash, first);
        boolean removed = false;
        for (;;) {
            int slot = find(address, hash, first, second);
            if (slot == NONE) {
                return removed;
            }
            long present = entries.get(slot);
            removed |= present >>> 16 == address && remove(slot, present);
        }
    }

    /**
     * Forgets all stations that were learned. Any thread.
     *
     * @return how many there were
     */
    public int clear() {
        int removed = 0;
        for (int slot = 0; slot < entries.length(); slot++) {
            long entry = entries.getAcquire(slot);
            if (entry != FREE && (entry & STATIC) == 0 && remove(slot, entry)) {
                removed++;
            }
        }
        return removed;
    }

    /**
     * Forgets the stations that were learned on a port, as it goes down. Any thread. Who learns from it on another
     * thread looks whether the port is still there after {@link #learn}, and takes back by {@link #remove(long, int)}
     * what it has learned if it is not: one of the two sees the other.
     *
     * @return how many there were
     */
    public int removePort(int port) {
        return removePort(port, STATIC | PORT_MASK);
    }

    /**
     * Forgets all stations of a port that is no more, static entries too. As {@link #removePort}, for a port that does
     * not come back.
     *
     * @return how many there were
     */
    public int deletePort(int port) {
        return removePort(port, PORT_MASK);
    }

    private int removePort(int port, long compared) {
        int removed = 0;
        // What says that the port has gone was written before, and is seen by whoever learns behind this scan.
        VarHandle.fullFence();
        for (int slot = 0; slot < entries.length(); slot++) {
            long entry = entries.getAcquire(slot);
            if ((entry & compared) == port + 1 && remove(slot, entry)) {
                removed++;
            }
        }
        return removed;
    }

    /**
     * Forgets a station that was learned, if it was last heard on this port.
     *
     * @param address as {@link MacAddress#bits()} gives it
     * @return whether it was
     */
    public boolean remove(long address, int port) {
        long hash = hash(address);
        int first = firstSet(hash);
        int slot = find(address, hash, first, secondSet(hash, first));
        return slot != NONE && remove(slot, address << 16 | port + 1);
    }

    /**
     * Frees the slots of stations that were silent for the ageing time. Walks the whole table: call it every few
     * seconds, from any thread.
     *
     * @return how many there were
     */
    public int removeAged(int now) {
        int removed = 0;
        for (int slot = 0; slot < entries.length(); slot++) {
            long entry = entries.getAcquire(slot);
            if (entry != FREE && isAged(entry, slot, now) && remove(slot, entry)) {
                removed++;
            }
        }
        aged.add(removed);
        return removed;
    }

    /** The stations known now, in no order; a station that is moved meanwhile shows its old or its new port. */
    public List<Entry> snapshot(int now) {
        List<Entry> stations = new ArrayList<>(size());
        for (int slot = 0; slot < entries.length(); slot++) {
            long entry = entries.getAcquire(slot);
            if (entry != FREE && !isAged(entry, slot, now)) {
                long movesNow = moves.getAcquire(slot);
                stations.add(new Entry(MacAddress.of(entry >>> 16), (int) (entry & PORT_MASK) - 1,
                    Math.max(0, now - heard.getAcquire(slot)), movesNow >>> 16, (int) (movesNow & PORT_MASK) - 1,
                    (entry & STATIC) != 0));
            }
        }
        return stations;
    }

    /** Stations in the table, the aged ones not yet removed among them; never more than the bound. */
    public int size() {
        return size.get();
    }

    /** Stations entered since the start. */
    public long learned() {
        return learned.sum();
    }

    /** How often a station was heard on another port than before. */
    public long moved() {
        return moved.sum();
    }

    /** Stations removed because they were silent. */
    public long aged() {
        return aged.sum();
    }

    /** Frames whose source was not learned because the table was full. */
    public long refused() {
        return refused.sum();
    }

    /** Whether it can take no new station unless one is aged. */
    public boolean isFull() {
        return size.get() >= maxAddresses;
    }

    /** The higher of the two sets an address may lie in. */
    int setsOf(long address) {
        long hash = hash(address);
        int first = firstSet(hash);
        return Math.max(first, secondSet(hash, first)) / WAYS;
    }

    /** Called for a station's first frame only. */
    private int enter(long entry, long hash, int first, int second, int now) {
        int home = home(hash, first);
        int slot = entries.getAcquire(home) == FREE ? home : freeSlot(first, second);
        if (slot == NONE || size.get() >= maxAddresses) {
            if (removeAged(first, now) || removeAged(second, now)) {
                return CHANGED;
            }
            refused.increment();
            return REFUSED;
        }
        if (!reserve()) {
            return CHANGED;
        }
        // These go first, so that the entry is never seen with the age and the moves of the one before it.
        heard.setRelease(slot, now);
        moves.setRelease(slot, 0);
        if (!entries.compareAndSet(slot, FREE, entry)) {
            size.decrementAndGet();
            return CHANGED;
        }
        learned.increment();
        removeTwins(entry >>> 16, first, second);
        return ENTERED;
    }

    private void countMove(int slot, long from) {
        long before = moves.getAcquire(slot);
        for (;;) {
            long witness = moves.compareAndExchange(slot, before, (before & ~PORT_MASK) + ONE_MOVE | from);
            if (witness == before) {
                return;
            }
            before = witness;
        }
    }

    private boolean reserve() {
        int current = size.get();
        while (current < maxAddresses) {
            int witness = size.compareAndExchange(current, current + 1);
            if (witness == current) {
                return true;
            }
            current = witness;
        }
        return false;
    }

    private boolean remove(int slot, long entry) {
        if (!entries.compareAndSet(slot, entry, FREE)) {
            return false;
        }
        size.decrementAndGet();
        return true;
    }

    /**
     * Two threads that hear a new station at once may put it in two slots. Whichever of them looks last sees both, and
     * the static one stays, else the first slot in the order of search, whoever looks.
     */
    private void removeTwins(long address, int first, int second) {
        int kept = NONE;
        for (int way = 0; way < 2 * WAYS; way++) {
            int slot = slot(way, first, second);
            long entry = entries.get(slot);
            if (entry != FREE && entry >>> 16 == address && (kept == NONE || (entry & STATIC) != 0)) {
                kept = slot;
                if ((entry & STATIC) != 0) {
                    break;
                }
            }
        }
        for (int way = 0; way < 2 * WAYS; way++) {
            int slot = slot(way, first, second);
            long entry = entries.get(slot);
            while (slot != kept && entry != FREE && entry >>> 16 == address) {
                if (remove(slot, entry)) {
                    learned.decrement();
                    break;
                }
                entry = entries.get(slot);
            }
        }
    }

    private static int slot(int way, int first, int second) {
        return way < WAYS ? first + way : second + way - WAYS;
    }

    /** A free slot of the set that has more of them, the first set at a draw. */
    private int freeSlot(int first, int second) {
        int inFirst = 0;
        int inSecond = 0;
        int freeFirst = NONE;
        int freeSecond = NONE;
        // Downwards, so that the slot that a search looks at first is the one found.
        for (int way = WAYS - 1; way >= 0; way--) {
            if (entries.getAcquire(first + way) == FREE) {
                inFirst++;
                freeFirst = first + way;
            }
            if (entries.getAcquire(second + way) == FREE) {
                inSecond++;
                freeSecond = second + way;
            }
        }
        return inFirst >= inSecond ? freeFirst : freeSecond;
    }

    private boolean removeAged(int set, int now) {
        for (int slot = set; slot < set + WAYS; slot++) {
            long entry = entries.getAcquire(slot);
            if (entry != FREE && isAged(entry, slot, now) && remove(slot, entry)) {
                aged.increment();
                return true;
            }
        }
        return false;
    }

    private boolean isAged(long entry, int slot, int now) {
        // A thread that lags may see a time ahead of its own: then the difference is negative and the entry is fresh.
        return now - heard.getAcquire(slot) >= ageingSeconds && (entry & STATIC) == 0;
    }

    private int find(long address, long hash, int first, int second) {
        int home = home(hash, first);
        long entry = entries.getAcquire(home);
        if (entry >>> 16 == address && entry != FREE) {
            return home;
        }
        int slot = slotIn(first, address);
        return slot == NONE ? slotIn(second, address) : slot;
    }

    private int slotIn(int set, long address) {
        for (int slot = set; slot < set + WAYS; slot++) {
            long entry = entries.getAcquire(slot);
            if (entry >>> 16 == address && entry != FREE) {
                return slot;
            }
        }
        return NONE;
    }

    private long entryIn(int set, long address, int now) {
        for (int slot = set; slot < set + WAYS; slot++) {
            long entry = entries.getAcquire(slot);
            if (entry >>> 16 == address && entry != FREE && !isAged(entry, slot, now)) {
                return entry;
            }
        }
        return FREE;
    }

    private long hash(long address) {
        long hash = (address ^ key) * multiplier;
        hash = (hash ^ hash >>> 32) * multiplier;
        return hash ^ hash >>> 29;
    }

    /** The first slot of a set. */
    private int firstSet(long hash) {
        return ((int) (hash >>> 32) & setMask) * WAYS;
    }

    /** The slot of the first set that is looked at first, and where the address lies if nobody was there before. */
    private static int home(long hash, int first) {
        return first + (int) (hash >>> 61);
    }

    private static void requirePort(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + " is not within 0 to " + MAX_PORT);
        }
    }

    /** The first slot of another set: the lowest bit differs always. */
    private int secondSet(long hash, int first) {
        return first ^ (((int) hash | 1) & setMask) * WAYS;
    }
}
