/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap.embedded;

import io.ringtap.netmap.NetmapLayout;
import io.ringtap.netmap.NetmapLayout.Slot;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A VALE switch: it learns where addresses are, sends frames there, and floods those it has not seen. It is its own
 * lock, and everything in it is under that.
 *
 * <p>As in the kernel: unicast goes to the receiver's ring with the number of the sender's, modulo how many there are;
 * flooded frames to ring 0; a chain without end ends with its sync. Better than there: a port that leaves is forgotten
 * at once, and a vnet header added to a full slot goes on in another slot instead of past the end of its buffer.
 */
final class ValeSwitch {
    /** As in the kernel, {@code NM_BDG_MAXPORTS}. */
    static final int MAX_PORTS = 254;
    private static final int ETHERNET_HEADER = 14;
    private static final int ADDRESS = 6;

    private final List<ValePort> ports = new ArrayList<>();
    private final MacTable table = new MacTable();
    private final ValeFrame frame = new ValeFrame();
    private final ValeOffloads offloads = new ValeOffloads();
    private final long[] drops = new long[ValeDrop.values().length];
    private long frames;
    private long delivered;

    /** Returns {@code false} if the switch is full. */
    synchronized boolean add(ValePort port) {
        return ports.size() < MAX_PORTS && ports.add(port);
    }

    synchronized void remove(ValePort port) {
        ports.remove(port);
        table.forget(port);
    }

    synchronized boolean isEmpty() {
        return ports.isEmpty();
    }

    synchronized ValeStats stats() {
        Map<ValeDrop, Long> byReason = new EnumMap<>(ValeDrop.class);
        for (ValeDrop reason : ValeDrop.values()) {
            byReason.put(reason, drops[reason.ordinal()]);
        }
        return new ValeStats(frames, delivered, byReason);
    }

    /** Sends the frames in the slots of a transmit ring up to head. */
    void forward(ValePort from, int ringIndex, EmbeddedRing ring, int head, EmbeddedFile by) {
        int slot = ring.taken();
        while (slot != head) {
            frame.begin(from.headerLength());
            boolean more = true;
            while (more && slot != head) {
                long word = ring.word(slot);
                int flags = Slot.flags(word);
                more = (flags & Slot.MOREFRAG) != 0;
                int at = (flags & Slot.INDIRECT) != 0 ? -1 : ring.bufferOf(word);
                frame.add(at < 0 ? null : ring.bytesOf(word), at, Slot.length(word));
                ring.seen(slot, word);
                slot = ring.next(slot);
            }
            frames++;
            try {
                route(from, ringIndex, by);
            } finally {
                offloads.end();
            }
        }
    }

    private void route(ValePort from, int ringIndex, EmbeddedFile by) {
        if (frame.isBad()) {
            drop(ValeDrop.BAD_SLOT);
            return;
        }
        int ethernet = frame.ethernet();
        if (ethernet < 0) {
            drop(ValeDrop.BAD_HEADER);
            return;
        }
        if (frame.ethernetRoom() < ETHERNET_HEADER) {
            drop(ValeDrop.SHORT);
            return;
        }
        ByteBuffer bytes = frame.ethernetBytes();
        if ((bytes.get(ethernet + ADDRESS) & 1) == 0) {
            table.learn(address(bytes, ethernet + ADDRESS), from);
        }
        ValePort to = (bytes.get(ethernet) & 1) == 0 ? table.find(address(bytes, ethernet)) : null;
        if (to == from || to == null && ports.size() == 1) {
            drop(ValeDrop.NO_DESTINATION);
        } else if (to != null) {
            deliver(to, ringIndex % to.rxRings().length, by);
        } else {
            for (int i = 0; i < ports.size(); i++) {
                ValePort other = ports.get(i);
                if (other != from) {
                    deliver(other, 0, by);
                }
            }
        }
    }

    /** The six octets as a number: whichever, as long as it is always the same. */
    private static long address(ByteBuffer bytes, int at) {
        return Integer.toUnsignedLong(bytes.getInt(at)) | (long) Short.toUnsignedInt(bytes.getShort(at + 4)) << 32;
    }

    private void deliver(ValePort to, int ringIndex, EmbeddedFile by) {
        EmbeddedRing ring = to.rxRings()[ringIndex];
        if (!ring.isBound()) {
            drop(ValeDrop.NOT_RECEIVING);
            return;
        }
        boolean offload = to.headerLength() == 0 && frame.needsOffload();
        int needed = offload ? offloads.complete(frame, ring.space()) : frame.slotsFor(to.headerLength());
        if (needed == 0) {
            drop(ValeDrop.OFFLOAD);
            return;
        }
        if (needed > ring.space()) {
            to.countReceivedDrop();
            drop(ValeDrop.NO_SPACE);
            return;
        }
        if (!offload && needed > NetmapLayout.MAX_FRAGMENTS) {
            drop(ValeDrop.BAD_SLOT);
            return;
        }
        ring.given(offload ? offloads.copyTo(ring) : frame.copyTo(ring, to.headerLength(), needed));
        delivered++;
        for (int i = 0; i < to.files().size(); i++) {
            by.willSignal(to.files().get(i));
        }
    }

    private void drop(ValeDrop reason) {
        drops[reason.ordinal()]++;
    }
}
