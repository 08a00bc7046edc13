/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The ports that a bridge has at one moment. Each has a place, its index, which is its number in the table of stations;
 * the place of a port that has gone is given to another. A round of frames is forwarded by the members that there were
 * when it began. Immutable.
 */
final class Members {
    static final Members NONE = new Members(new BridgePort[0], List.of());

    /** By index; {@code null} where there is none. */
    private final BridgePort[] places;
    /** In the order they came. */
    private final List<BridgePort> all;

    private Members(BridgePort[] places, List<BridgePort> all) {
        this.places = places;
        this.all = all;
    }

    List<BridgePort> all() {
        return all;
    }

    /** All indexes are below it. */
    int places() {
        return places.length;
    }

    /** The port at a place, {@code null} if there is none; also of a port that never had a place. */
    BridgePort at(int index) {
        return index >= 0 && index < places.length ? places[index] : null;
    }

    /** The indexes of all ports but one, which need not be a member. */
    int[] others(BridgePort port) {
        return all.stream().filter(other -> other != port).mapToInt(BridgePort::index).sorted().toArray();
    }

    /** The lowest indexes that no port has, as many as asked for. */
    int[] free(int count) {
        int[] free = new int[count];
        int index = 0;
        for (int i = 0; i < count; index++) {
            if (at(index) == null) {
                free[i++] = index;
            }
        }
        return free;
    }

    Members with(List<BridgePort> added) {
        int highest = added.stream().mapToInt(BridgePort::index).max().orElse(-1);
        BridgePort[] more = Arrays.copyOf(places, Math.max(places.length, highest + 1));
        for (BridgePort port : added) {
            more[port.index()] = port;
        }
        List<BridgePort> ports = new ArrayList<>(all);
        ports.addAll(added);
        return new Members(more, List.copyOf(ports));
    }

    Members without(BridgePort removed) {
        BridgePort[] fewer = places.clone();
        fewer[removed.index()] = null;
        return new Members(fewer, all.stream().filter(port -> port != removed).toList());
    }
}
