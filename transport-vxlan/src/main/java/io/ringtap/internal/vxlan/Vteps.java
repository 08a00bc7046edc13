/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.netty.util.collection.LongObjectHashMap;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.SocketName;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tunnel end points of a port, found by their addresses and by their numbers, and the stations behind them. At most
 * {@value #MOST} are known at a time. On the event loop, but for the stations.
 */
final class Vteps {
    static final int MOST = 4096;
    /** So that there is room for others. */
    static final int MOST_HEARD = 1024;
    static final int PROBATION_SECONDS = 2;
    private static final Vtep[] NONE = {};

    private final int port;
    private final MacTable stations;
    private final long secret = new SecureRandom().nextLong();
    private final LongObjectHashMap<Vtep> byKey = new LongObjectHashMap<>();
    private Vtep[] byIndex = new Vtep[16];
    private int size;
    private Vtep[] flooded = NONE;
    private Vtep last;
    private int heard;
    private int lookedForUnproven = -1;

    Vteps(int port, MacTable stations) {
        this.port = port;
        this.stations = stations;
    }

    MacTable stations() {
        return stations;
    }

    /** Depends on a secret, so that nobody can choose addresses that have the same. */
    long key(long high, long low) {
        return mixed(mixed(low ^ secret) + high);
    }

    /** The last step of SplitMix64, in which each bit depends on all. */
    private static long mixed(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** Finds the one with an address, {@code null} if there is none. */
    Vtep find(long high, long low) {
        Vtep found = last;
        if (found != null && found.low == low && found.high == high) {
            return found;
        }
        found = byKey.get(key(high, low));
        while (found != null && (found.low != low || found.high != high)) {
            found = found.next;
        }
        if (found != null) {
            last = found;
        }
        return found;
    }

    /** The one with a number of the table of stations, {@code null} if there is none. */
    Vtep at(int index) {
        return index >= 0 && index < byIndex.length ? byIndex[index] : null;
    }

    /** Finds the one with an address, or adds it; {@code null} if there are too many. */
    Vtep get(InetAddress address) {
        long high = SocketName.high(address);
        long low = SocketName.low(address);
        Vtep found = find(high, low);
        if (found != null || size == MOST) {
            return found;
        }
        int index = 0;
        while (index < byIndex.length && byIndex[index] != null) {
            index++;
        }
        if (index == byIndex.length) {
            byIndex = Arrays.copyOf(byIndex, 2 * index);
        }
        Vtep added = new Vtep(index, address, port);
        added.next = byKey.put(key(high, low), added);
        byIndex[index] = added;
        size++;
        return added;
    }

    /**
     * Adds one that was heard in a group, where at most {@value #MOST_HEARD} are known for that alone. Whoever has sent
     * once, and nothing in the last {@value #PROBATION_SECONDS} seconds, is forgotten for a new one; {@code null} if
     * there is nobody like that. Made-up senders cannot take the places of those that go on sending, nor of those that
     * were configured.
     *
     * @param now of the table of stations
     */
    Vtep hear(InetAddress address, int now) {
        if (heard >= MOST_HEARD && !forgetUnproven(now)) {
            return null;
        }
        Vtep added = get(address);
        if (added != null) {
            added.heard = true;
            added.firstHeard = now;
            added.lastHeard = now;
            heard++;
        }
        return added;
    }

    private boolean forgetUnproven(int now) {
        // One look a second: a flood makes nobody fall silent sooner.
        if (now == lookedForUnproven) {
            return false;
        }
        lookedForUnproven = now;
        for (Vtep vtep : byIndex) {
            if (vtep != null && vtep.heard && vtep.firstHeard == vtep.lastHeard
                && now - vtep.lastHeard > PROBATION_SECONDS) {
                vtep.heard = false;
            }
        }
        tidy();
        return heard < MOST_HEARD;
    }

    /** Forgets those that nothing is known of any more, and the stations behind them; call it after changes. */
    void tidy() {
        List<Vtep> all = new ArrayList<>();
        heard = 0;
        for (Vtep vtep : byIndex) {
            if (vtep != null && !vtep.isKnown()) {
                remove(vtep);
            } else if (vtep != null && vtep.flooded) {
                all.add(vtep);
            }
            heard += vtep != null && vtep.heard ? 1 : 0;
        }
        flooded = all.toArray(NONE);
    }

    private void remove(Vtep vtep) {
        stations.deletePort(vtep.index);
        byIndex[vtep.index] = null;
        size--;
        last = null;
        long key = key(vtep.high, vtep.low);
        Vtep first = byKey.remove(key);
        // What else has this key stays.
        Vtep kept = null;
        while (first != null) {
            Vtep next = first.next;
            if (first != vtep) {
                first.next = kept;
                kept = first;
            }
            first = next;
        }
        if (kept != null) {
            byKey.put(key, kept);
        }
        vtep.name.free();
    }

    /** Where frames go whose destination is not known, or everybody. */
    Vtep[] flooded() {
        return flooded;
    }

    /** All that are known. */
    List<Vtep> all() {
        List<Vtep> all = new ArrayList<>(size);
        for (Vtep vtep : byIndex) {
            if (vtep != null) {
                all.add(vtep);
            }
        }
        return all;
    }

    /** Gives the memory back. */
    void free() {
        all().forEach(vtep -> vtep.name.free());
    }
}
