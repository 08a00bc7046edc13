/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The array of struct pollfd ({@code poll.h}: an int and two shorts) that one thread hands to ppoll(2), with the owner
 * of each entry. Entries may be added and removed during a dispatch.
 */
final class PollSet {
    /** Whoever waits on a descriptor. */
    abstract static class Entry {
        /** Where it is in the set, -1 where it is not. */
        private int at = -1;

        /** The descriptor to wait on. */
        abstract int fd();

        /**
         * Called with the events that have become ready, bits of poll.h.
         *
         * @return whether that was I/O, and not a wake-up of the loop itself
         */
        abstract boolean ready(int events);
    }

    private static final int ENTRY = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;
    private static final int INITIAL_ENTRIES = 64;
    /** Some systems refuse long waits; to wake up once a day costs nothing. */
    private static final long MAX_WAIT_NANOS = TimeUnit.DAYS.toNanos(1);

    private final NativeMemory timespec = NativeMemory.allocate(2 * Long.BYTES);
    private NativeMemory structs = NativeMemory.allocate(INITIAL_ENTRIES * ENTRY);
    private Entry[] owners = new Entry[INITIAL_ENTRIES];
    private int count;

    /** Waits for these events from now on, with 0 for errors only. */
    void put(Entry entry, int events) {
        if (entry.at < 0) {
            if (count == owners.length) {
                grow();
            }
            place(entry, count++, entry.fd(), 0);
        }
        structs.buffer().putShort(entry.at * ENTRY + EVENTS, (short) events);
    }

    /** Removes an entry; does nothing if it is not in the set. */
    void remove(Entry entry) {
        int hole = entry.at;
        if (hole < 0) {
            return;
        }
        entry.at = -1;
        int last = --count;
        Entry moved = owners[last];
        owners[last] = null;
        if (hole != last) {
            // dispatch() goes from the last to the first: the moved entry was dispatched already, or will be.
            ByteBuffer buffer = structs.buffer();
            int from = last * ENTRY;
            place(moved, hole, buffer.getInt(from), buffer.getShort(from + REVENTS));
            buffer.putShort(hole * ENTRY + EVENTS, buffer.getShort(from + EVENTS));
        }
    }

    private void place(Entry entry, int at, int fd, int revents) {
        owners[at] = entry;
        entry.at = at;
        structs.buffer().putInt(at * ENTRY, fd);
        structs.buffer().putShort(at * ENTRY + REVENTS, (short) revents);
    }

    private void grow() {
        NativeMemory larger = NativeMemory.allocate(structs.size() * 2);
        larger.buffer().put(0, structs.buffer(), 0, structs.size());
        structs = larger;
        Entry[] more = new Entry[owners.length * 2];
        System.arraycopy(owners, 0, more, 0, count);
        owners = more;
    }

    /**
     * Waits until something is ready, a signal arrives or the time is over.
     *
     * @param timeoutNanos how long, 0 for not at all, negative for ever
     * @return how many entries have events
     */
    int poll(long timeoutNanos) throws IOException {
        NativeMemory wait = null;
        if (timeoutNanos >= 0) {
            long nanos = Math.min(timeoutNanos, MAX_WAIT_NANOS);
            timespec.buffer().putLong(0, nanos / 1_000_000_000L);
            timespec.buffer().putLong(Long.BYTES, nanos % 1_000_000_000L);
            wait = timespec;
        }
        int ready = SystemCalls.poll(structs, count, wait);
        return Errno.EINTR.is(ready) ? 0 : SystemCalls.check("ppoll of " + count + " descriptors", ready);
    }

    /**
     * Passes to each entry the events that the last {@link #poll} has found.
     *
     * @param ready how many entries have events
     * @return how many have handled I/O
     */
    int dispatch(int ready) {
        int left = ready;
        int handled = 0;
        for (int i = count - 1; i >= 0 && left > 0; i--) {
            if (i >= count) {
                continue;
            }
            int at = i * ENTRY + REVENTS;
            int events = structs.buffer().getShort(at);
            if (events != 0) {
                left--;
                structs.buffer().putShort(at, (short) 0);
                if (owners[i].ready(events)) {
                    handled++;
                }
            }
        }
        return handled;
    }
}
