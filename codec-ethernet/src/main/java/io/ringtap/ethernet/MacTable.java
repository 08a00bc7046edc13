/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The forwarding table of a learning bridge (IEEE 802.1D-2004, 7.9): which port each station was last heard on. Any
 * number of event loops learn and look up at once, without a lock and without allocating.
 *
 * <p>An address has two sets of eight slots that it may lie in, chosen by a hash with a random key, so that nobody can
 * make up addresses that all meet in one set. A slot holds address and port in one {@code long}, replaced atomically,
 * so a reader never sees one station's address with another's port. One slot of the first set is looked at before all
 * others, and most addresses lie there. With at least twice as many slots as addresses, and each new address that finds
 * this slot taken put in the emptier of its sets, both being full does not happen in practice; if it does, the address
 * is refused as by a full table.
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
    private static final int ENTERED = 0;
    private static final int REFUSED = 1;
    /** Another thread changed the table meanwhile, or we made room in it: look again. */
    private static final int CHANGED = 2;

    private final int maxAddresses;
    private final MacSlots slots;
    private final MacTableScan scan;
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
     * @param maxAddresses the most stations it holds, 1 to 2^26; takes 190 to 390 bytes for each of
     *     up to 16384, and 48 to 96 beyond that
     * @param ageingSeconds how long a silent station is remembered, 1 to 1000000; 802.1D recommends
     *     {@link #DEFAULT_AGEING_SECONDS}
     */
    public MacTable(int maxAddresses, int ageingSeconds) {
        this(maxAddresses, ageingSeconds, KEYS.nextLong(), KEYS.nextLong());
    }

    MacTable(int maxAddresses, int ageingSeconds, long key, long multiplier) {
        this.maxAddresses = requireMaxAddresses(maxAddresses);
        slots = new MacSlots(maxAddresses, requireAgeingSeconds(ageingSeconds), key, multiplier);
        scan = new MacTableScan(slots);
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
        long hash = slots.hash(source);
        int first = slots.firstSet(hash);
        int home = MacSlots.home(hash, first);
        if (slots.entry(home) == entry) {
            slots.heard(home, now);
            return true;
        }
        return learn(entry, hash, first, now);
    }

    /** A station that is new, has moved, is static, or has found its home taken. */
    private boolean learn(long entry, long hash, int first, int now) {
        long source = entry >>> 16;
        int second = slots.secondSet(hash, first);
        for (;;) {
            int slot = slots.find(source, hash, first, second);
            if (slot == MacSlots.NONE) {
                int outcome = enter(entry, hash, first, second, now);
                if (outcome != CHANGED) {
                    return outcome == ENTERED;
                }
                continue;
            }
            long present = slots.entry(slot);
            if (present != entry) {
                if (present >>> 16 == source && (present & MacSlots.STATIC) != 0) {
                    return true;
                }
                // Not the station's slot any more, or another thread moves it too: look again.
                if (present >>> 16 != source || !slots.replace(slot, present, entry)) {
                    continue;
                }
                moved.increment();
                slots.countMove(slot, present & MacSlots.PORT_MASK);
            }
            slots.heard(slot, now);
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
        long hash = slots.hash(destination);
        int first = slots.firstSet(hash);
        int home = MacSlots.home(hash, first);
        long entry = slots.entry(home);
        if (!MacSlots.holds(entry, destination) || slots.isAged(entry, home, now)) {
            entry = entryIn(first, destination, now);
            if (entry == MacSlots.FREE) {
                entry = entryIn(slots.secondSet(hash, first), destination, now);
            }
        }
        return (int) (entry & MacSlots.PORT_MASK) - 1;
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
        long entry = address << 16 | MacSlots.STATIC | port + 1;
        long hash = slots.hash(address);
        int first = slots.firstSet(hash);
        int second = slots.secondSet(hash, first);
        for (;;) {
            int slot = slots.find(address, hash, first, second);
            if (slot == MacSlots.NONE) {
                int outcome = enter(entry, hash, first, second, now);
                if (outcome == REFUSED) {
                    return false;
                }
                continue;
            }
            long present = slots.entry(slot);
            if (present == entry) {
                return true;
            }
            if (MacSlots.holds(present, address)) {
                slots.replace(slot, present, entry);
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
        long hash = slots.hash(address);
        int first = slots.firstSet(hash);
        int second = slots.secondSet(hash, first);
        boolean removed = false;
        for (;;) {
            int slot = slots.find(address, hash, first, second);
            if (slot == MacSlots.NONE) {
                return removed;
            }
            long present = slots.entry(slot);
            removed |= present >>> 16 == address && slots.remove(slot, present);
        }
    }

    /**
     * Forgets all stations that were learned. Any thread.
     *
     * @return how many there were
     */
    public int clear() {
        return scan.clear();
    }

    /**
     * Forgets the stations that were learned on a port, as it goes down. Any thread. Who learns from it on another
     * thread looks whether the port is still there after {@link #learn}, and takes back by {@link #remove(long, int)}
     * what it has learned if it is not: one of the two sees the other.
     *
     * @return how many there were
     */
    public int removePort(int port) {
        return scan.removePort(port, false);
    }

    /**
     * Forgets all stations of a port that is no more, static entries too. As {@link #removePort}, for a port that does
     * not come back.
     *
     * @return how many there were
     */
    public int deletePort(int port) {
        return scan.removePort(port, true);
    }

    /**
     * Forgets a station that was learned, if it was last heard on this port.
     *
     * @param address as {@link MacAddress#bits()} gives it
     * @return whether it was
     */
    public boolean remove(long address, int port) {
        long hash = slots.hash(address);
        int first = slots.firstSet(hash);
        int slot = slots.find(address, hash, first, slots.secondSet(hash, first));
        return slot != MacSlots.NONE && slots.remove(slot, address << 16 | port + 1);
    }

    /**
     * Frees the slots of stations that were silent for the ageing time. Walks the whole table: call it every few
     * seconds, from any thread.
     *
     * @return how many there were
     */
    public int removeAged(int now) {
        int removed = scan.removeAged(now);
        aged.add(removed);
        return removed;
    }

    /** The stations known now, in no order; a station that is moved meanwhile shows its old or its new port. */
    public List<Entry> snapshot(int now) {
        return scan.snapshot(now);
    }

    /** Stations in the table, the aged ones not yet removed among them; never more than the bound. */
    public int size() {
        return slots.size();
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
        return slots.size() >= maxAddresses;
    }

    /** The higher of the two sets an address may lie in. */
    int setsOf(long address) {
        long hash = slots.hash(address);
        int first = slots.firstSet(hash);
        return Math.max(first, slots.secondSet(hash, first)) / MacSlots.WAYS;
    }

    /** Called for a station's first frame only. */
    private int enter(long entry, long hash, int first, int second, int now) {
        int slot = slots.freeSlot(hash, first, second);
        if (slot == MacSlots.NONE || slots.size() >= maxAddresses) {
            if (removeAged(first, now) || removeAged(second, now)) {
                return CHANGED;
            }
            refused.increment();
            return REFUSED;
        }
        if (!slots.reserve(maxAddresses) || !slots.put(slot, entry, now)) {
            return CHANGED;
        }
        learned.increment();
        removeTwins(entry >>> 16, first, second);
        return ENTERED;
    }

    /**
     * Two threads that hear a new station at once may put it in two slots. Whichever of them looks last sees both, and
     * the static one stays, else the first slot in the order of search, whoever looks.
     */
    private void removeTwins(long address, int first, int second) {
        int kept = MacSlots.NONE;
        for (int way = 0; way < 2 * MacSlots.WAYS; way++) {
            int slot = slot(way, first, second);
            long entry = slots.currentEntry(slot);
            boolean isStatic = (entry & MacSlots.STATIC) != 0;
            if (MacSlots.holds(entry, address) && (kept == MacSlots.NONE || isStatic)) {
                kept = slot;
                if (isStatic) {
                    break;
                }
            }
        }
        for (int way = 0; way < 2 * MacSlots.WAYS; way++) {
            int slot = slot(way, first, second);
            long entry = slots.currentEntry(slot);
            while (slot != kept && MacSlots.holds(entry, address)) {
                if (slots.remove(slot, entry)) {
                    learned.decrement();
                    break;
                }
                entry = slots.currentEntry(slot);
            }
        }
    }

    private static int slot(int way, int first, int second) {
        return way < MacSlots.WAYS ? first + way : second + way - MacSlots.WAYS;
    }

    private boolean removeAged(int set, int now) {
        for (int slot = set; slot < set + MacSlots.WAYS; slot++) {
            long entry = slots.entry(slot);
            if (entry != MacSlots.FREE && slots.isAged(entry, slot, now) && slots.remove(slot, entry)) {
                aged.increment();
                return true;
            }
        }
        return false;
    }

    private long entryIn(int set, long address, int now) {
        for (int slot = set; slot < set + MacSlots.WAYS; slot++) {
            long entry = slots.entry(slot);
            if (MacSlots.holds(entry, address) && !slots.isAged(entry, slot, now)) {
                return entry;
            }
        }
        return MacSlots.FREE;
    }

    private static void requirePort(int port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + " is not within 0 to " + MAX_PORT);
        }
    }
}
