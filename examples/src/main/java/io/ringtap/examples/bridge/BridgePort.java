/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.netty.buffer.ByteBuf;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.DropReason;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.virtio.VirtioNetVerdict;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** One port of a {@link Bridge}. */
final class BridgePort {
    private static final VirtioNetVerdict[] VERDICTS = VirtioNetVerdict.values();

    private final int index;
    private final FramePort spec;
    private final PortHeader header;
    private final AtomicLongArray malformed = new AtomicLongArray(VERDICTS.length);
    private final Consumer<String> reports;
    private final PortConditions conditions;
    private final LongAdder reserved = new LongAdder();
    private final LongAdder badSource = new LongAdder();
    private volatile FrameChannel channel;
    private volatile State state = State.OPENING;

    /** What the port is up to. */
    enum State {
        OPENING, UP, DOWN, GONE
    }

    /**
     * A port that is not open yet.
     *
     * @throws IllegalArgumentException if its {@link PortConditions} cannot be read
     */
    BridgePort(int index, FramePort spec, Consumer<String> reports) {
        this.index = index;
        this.spec = spec;
        header = PortHeader.of(spec);
        this.reports = reports;
        conditions = PortConditions.of(spec);
    }

    int index() {
        return index;
    }

    FramePort spec() {
        return spec;
    }

    /** What its keys say of the vnet header. */
    PortHeader header() {
        return header;
    }

    PortConditions conditions() {
        return conditions;
    }

    FrameChannel channel() {
        return channel;
    }

    State state() {
        return state;
    }

    /** The name that the device got, or what was asked for until it is open. */
    String name() {
        FrameChannel open = channel;
        return open == null || open.localAddress() == null ? spec.text() : open.localAddress().toString();
    }

    void opening(FrameChannel opened) {
        channel = opened;
    }

    void opened(boolean up) {
        state = up ? State.UP : State.DOWN;
    }

    /**
     * Writes a frame, which is flushed later, or drops it where the port cannot keep up. Takes over the reference. Any
     * thread.
     *
     * @return whether there is something to flush
     */
    boolean send(ByteBuf frame) {
        FrameChannel to = channel;
        if (!to.isWritable()) {
            frame.release();
            if (to.isActive()) {
                to.stats().countTxDrop(DropReason.CONGESTED);
            }
            // What is queued goes first; asking again costs nothing when a flush is under way.
            return true;
        }
        to.write(frame, conditions.mayRefuse() ? to.newPromise() : to.voidPromise());
        return true;
    }

    /** Counts a frame to this port that a handler on its way has dropped. */
    void countMalformed(VirtioNetVerdict verdict) {
        channel.stats().countTxDrop(DropReason.MALFORMED);
        malformed.incrementAndGet(verdict.ordinal());
    }

    /** Frames to this port whose vnet header was malformed, by what was wrong with it. */
    Map<VirtioNetVerdict, Long> malformed() {
        Map<VirtioNetVerdict, Long> counts = new EnumMap<>(VirtioNetVerdict.class);
        for (VirtioNetVerdict verdict : VERDICTS) {
            long count = malformed.get(verdict.ordinal());
            if (count > 0) {
                counts.put(verdict, count);
            }
        }
        return counts;
    }

    void countFiltered(int decision) {
        if (decision == BridgeForwarding.DROP_RESERVED) {
            reserved.increment();
        } else if (decision == BridgeForwarding.DROP_SOURCE) {
            badSource.increment();
        }
    }

    /** Frames received for an address that bridges do not forward. */
    long reserved() {
        return reserved.sum();
    }

    /** Frames received from an address that no station has. */
    long badSource() {
        return badSource.sum();
    }

    void deviceEvent(DeviceEvent event) {
        if (event instanceof DeviceEvent.LinkUp) {
            state = State.UP;
        } else if (event instanceof DeviceEvent.LinkDown) {
            state = State.DOWN;
        } else if (event instanceof DeviceEvent.MtuChanged mtu) {
            report("MTU changed from " + mtu.from() + " to " + mtu.to());
        } else if (event instanceof DeviceEvent.Gone gone) {
            state = State.GONE;
            report(gone.cause().getMessage());
        }
    }

    void closed() {
        state = State.GONE;
    }

    void report(String text) {
        reports.accept(spec + ": " + text);
    }
}
