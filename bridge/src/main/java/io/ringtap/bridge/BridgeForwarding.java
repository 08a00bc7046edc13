/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;

/**
 * What a bridge does with a frame (IEEE 802.1D-2004, 7.7 and 7.8), apart from the doing: addresses in, a decision out.
 * Any thread; allocates nothing.
 */
final class BridgeForwarding {
    /** To every port but the one it came from: the destination is a group, or not known. */
    static final int FLOOD = -1;
    /** To nobody: the destination is behind the port the frame came from. */
    static final int FILTER = -2;
    /** To nobody: the destination is a reserved group address that {@link GroupForwarding} does not pass on. */
    static final int DROP_RESERVED = -3;
    /** To nobody, and nothing was learned: the source is a group address or all zeros. */
    static final int DROP_SOURCE = -4;

    private final MacTable table;
    private final GroupForwarding groups;

    /** Decides by what the table knows, and learns into it. */
    BridgeForwarding(MacTable table, GroupForwarding groups) {
        this.table = table;
        this.groups = groups;
    }

    /**
     * Learns a frame's source and decides where the frame goes.
     *
     * <p>The source of a frame to a reserved address is learned too, as Linux does: it is a station all the same.
     *
     * @param destination the address as {@link MacAddress#bits()} gives it
     * @param source the address as {@link MacAddress#bits()} gives it
     * @param port the index of the port the frame came from
     * @param learns whether that port learns; one that is down does not
     * @param now {@link MacTable#seconds()}
     * @return the index of the port to send it to, or one of the negative constants
     */
    int decide(long destination, long source, int port, boolean learns, int now) {
        if (MacAddress.isMulticast(source) || source == 0) {
            return DROP_SOURCE;
        }
        if (learns) {
            table.learn(source, port, now);
        }
        if (MacAddress.isMulticast(destination)) {
            return MacAddress.isBridgeReserved(destination) && !groups.passes(destination) ? DROP_RESERVED : FLOOD;
        }
        int to = table.lookup(destination, now);
        if (to == port) {
            return FILTER;
        }
        return to == MacTable.UNKNOWN ? FLOOD : to;
    }
}
