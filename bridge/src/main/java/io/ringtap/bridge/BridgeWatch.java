/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacTable;

import java.util.List;
import java.util.function.Function;

/** What the thread of a bridge looks at every now and then, and what comes of it. */
final class BridgeWatch implements StormDetector.Actions {
    private static final int AGEING_SECONDS = 5;

    private final BridgeBuilder settings;
    private final MacTable table;
    private final BridgePorts ports;
    private final BridgeThread thread;
    private final Function<List<MacTable.Entry>, List<Station>> known;

    /**
     * Of a bridge.
     *
     * @param known makes stations of entries whose ports are members
     */
    BridgeWatch(BridgeBuilder settings, MacTable table, BridgePorts ports, BridgeThread thread,
                Function<List<MacTable.Entry>, List<Station>> known) {
        this.settings = settings;
        this.table = table;
        this.ports = ports;
        this.thread = thread;
        this.known = known;
    }

    /** Begins; it ends with the thread. */
    void start() {
        FlapDetector flaps = new FlapDetector(table,
            moved -> known.apply(List.of(moved)).forEach(
                station -> thread.tellNow(listener -> listener.stationMoved(station))),
            stations -> {
                List<Station> flapping = known.apply(stations);
                if (!flapping.isEmpty()) {
                    thread.tellNow(listener -> listener.stationsFlap(flapping));
                }
            });
        StormDetector storms = settings.newStormDetector(port -> flaps.fastMoves(port.index()), this);
        DropWatch drops = new DropWatch((port, direction, reason, count) ->
            thread.tellNow(listener -> listener.framesDropped(port, direction, reason, count)));
        thread.every(AGEING_SECONDS, () -> table.removeAged(MacTable.seconds()));
        thread.every(1, () -> {
            flaps.look(MacTable.seconds());
            storms.look(ports.members().all(), MacTable.seconds());
        });
        thread.every(1, () -> drops.look(ports.members().all()));
    }

    @Override
    public void began(BridgePort port, long repeated, long moves) {
        thread.tellNow(listener -> listener.stormBegan(port, repeated, moves));
    }

    @Override
    public void ended(BridgePort port, long repeated, long moves) {
        thread.tellNow(listener -> listener.stormEnded(port, repeated, moves));
    }

    @Override
    public void block(BridgePort port) {
        ports.block(port, settings.stormBlock());
    }

    @Override
    public void unblock(BridgePort port) {
        ports.unblock(port);
    }
}
