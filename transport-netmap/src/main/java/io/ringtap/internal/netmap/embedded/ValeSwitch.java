/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBufAllocator;
import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.netmap.layout.NetmapLayout;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.netmap.embedded.ValeStats;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A VALE switch. It learns behind which port each address is, sends frames there, and floods frames whose destination
 * it has not seen. The switch object is its own lock, and guards everything in it.
 *
 * <p>As in the kernel, a unicast frame goes to the receive ring with the number of the sender's ring, modulo the number
 * of rings; flooded frames go to ring 0; and a chain of slots that has no end is ended by its sync. It differs from the
 * kernel's VALE where that is wrong: no address displaces another one; an address that is silent is forgotten after a
 * while, and those of a port that leaves are forgotten at once; and when a vnet header is added to a full slot, the
 * frame continues in another slot instead of past the end of its buffer.
 */
final class ValeSwitch {
    /** As in the kernel, {@code NM_BDG_MAXPORTS}. */
    static final int MAX_PORTS = 254;
    /** The number of addresses, as in the kernel. */
    static final int STATIONS = 1024;
    private static final int ETHERNET_HEADER = 14;
    private static final int ADDRESS = 6;

    private final List<ValePort> ports = new ArrayList<>();
    private final MacTable table = new MacTable(STATIONS, MacTable.DEFAULT_AGEING_SECONDS);
    /** The ports by their numbers in the table. */
    private final ValePort[] numbered = new ValePort[MAX_PORTS];
    private final ValeFrame frame = new ValeFrame();
    private final ValeOffloads offloads;
    private final long[] drops = new long[ValeDrop.values().length];
    private long frames;
    private long delivered;
    /** The time at which the current frames are switched, in {@link MacTable#seconds()}. */
    private int now;
    /**
     * The addresses of the previous frame of the same sync, and the port that it went to. They stay valid during a
     * sync, as nobody else changes the table meanwhile.
     */
    private boolean decided;
    private long source;
    private long destination;
    private ValePort receiver;

    /** A switch without a port, which completes frames in memory of an allocator. */
    ValeSwitch(ByteBufAllocator allocator) {
        offloads = new ValeOffloads(allocator);
    }

    /** Returns {@code false} if the switch is full. */
    synchronized boolean add(ValePort port) {
        if (ports.size() == MAX_PORTS) {
            return false;
        }
        int number = 0;
        while (numbered[number] != null) {
            number++;
        }
        numbered[number] = port;
        port.number(number);
        return ports.add(port);
    }

    synchronized void remove(ValePort port) {
        if (ports.remove(port)) {
            table.removePort(port.number());
            numbered[port.number()] = null;
        }
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
        now = MacTable.seconds();
        decided = false;
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
        ValePort to = receiver(from, bytes, ethernet);
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

    /**
     * Learns the source address, and returns the port that has the destination; {@code null} if that is a group address
     * or not known.
     */
    private ValePort receiver(ValePort from, ByteBuffer bytes, int ethernet) {
        long sender = address(bytes, ethernet + ADDRESS);
        long to = address(bytes, ethernet);
        if (!decided || sender != source || to != destination) {
            if (!isGroup(bytes, ethernet + ADDRESS)) {
                table.learn(sender, from.number(), now);
            }
            int port = isGroup(bytes, ethernet) ? MacTable.UNKNOWN : table.lookup(to, now);
            receiver = port == MacTable.UNKNOWN ? null : numbered[port];
            source = sender;
            destination = to;
            decided = true;
        }
        return receiver;
    }

    private static boolean isGroup(ByteBuffer bytes, int at) {
        return (bytes.get(at) & 1) != 0;
    }

    /** The six octets as a number. Their order does not matter, as long as it is always the same. */
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
