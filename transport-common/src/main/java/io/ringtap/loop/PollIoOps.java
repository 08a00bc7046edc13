/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.channel.IoOps;
import io.ringtap.internal.unix.PollEvents;

/**
 * A set of poll(2) events: what a {@link PollIoHandle} waits for, or what is ready. Numbers from {@code poll.h},
 * the same on Linux, the BSDs and macOS. The sets are few and shared, so equal ones are identical.
 */
public final class PollIoOps implements IoOps {
    private static final int KNOWN = 0x3f;
    private static final PollIoOps[] SETS = new PollIoOps[KNOWN + 1];

    static {
        for (int value = 0; value <= KNOWN; value++) {
            SETS[value] = new PollIoOps(value);
        }
    }

    /** Nothing at all: the descriptor is not waited on, and its errors are not reported either. */
    public static final PollIoOps NONE = valueOf(0);
    /** Something to read. */
    public static final PollIoOps POLLIN = valueOf(PollEvents.POLLIN);
    /** Something exceptional, as out-of-band data. */
    public static final PollIoOps POLLPRI = valueOf(0x02);
    /** Room to write. */
    public static final PollIoOps POLLOUT = valueOf(PollEvents.POLLOUT);
    /** An error; always reported. Ask for it alone to wait for errors only. */
    public static final PollIoOps POLLERR = valueOf(PollEvents.POLLERR);
    /** The other end has hung up; always reported. */
    public static final PollIoOps POLLHUP = valueOf(PollEvents.POLLHUP);
    /** The descriptor is not open; always reported. */
    public static final PollIoOps POLLNVAL = valueOf(PollEvents.POLLNVAL);

    private final int value;
    private final PollIoEvent event;

    private PollIoOps(int value) {
        this.value = value;
        event = new PollIoEvent(this);
    }

    /** The set of these bits; others than the six that have a name here are left out. */
    public static PollIoOps valueOf(int value) {
        return SETS[value & KNOWN];
    }

    /** The bits. */
    public int value() {
        return value;
    }

    /** Whether the two have an event in common. */
    public boolean contains(PollIoOps ops) {
        return (value & ops.value) != 0;
    }

    /** This set and that one. */
    public PollIoOps with(PollIoOps ops) {
        return valueOf(value | ops.value);
    }

    /** This set without that one. */
    public PollIoOps without(PollIoOps ops) {
        return valueOf(value & ~ops.value);
    }

    /** The event that reports this set. */
    PollIoEvent event() {
        return event;
    }

    @Override
    public String toString() {
        return "PollIoOps{" + "value=" + value + '}';
    }
}
