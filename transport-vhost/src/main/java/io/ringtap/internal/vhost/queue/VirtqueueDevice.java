/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.ringtap.internal.vhost.memory.DirtyLog;
import io.ringtap.internal.vhost.memory.GuestMemory;
import io.ringtap.internal.vhost.memory.MemoryPlace;

import java.nio.ByteBuffer;

/**
 * A virtqueue from the side of the device: takes chains of descriptors that the driver has made available, and gives
 * them back used. One thread at a time.
 *
 * <pre>
 *   used and published | completed | taken | available, waiting
 *                                          ^ position()
 * </pre>
 *
 * <p>Memory order: the driver writes descriptors and then makes them available with a store that is ordered after; this
 * side reads that word with acquire before it reads what it points to. Used entries are written before the word that
 * publishes them, which is a store with release; a full fence stands between that store and reading whether the driver
 * wants a notification, and another one between asking for notifications and looking at the ring once more.
 */
public abstract sealed class VirtqueueDevice permits SplitVirtqueueDevice, PackedVirtqueueDevice {
    /** What {@link #take} returns if there is no chain. */
    static final int NONE = 0;
    /**
     * The most descriptors of one chain, so that the work for it is bounded. A frame of 64 KiB of a Linux guest has
     * fewer than 50.
     */
    static final int MAX_PARTS = 256;

    static {
        // A class that is initialized while memory of a guest is missing may get the error of that, and is broken then
        // for all guests; see MemoryFaults.
        QueueFault.Kind.values();
    }

    final QueueRing ring;
    final int size;
    final QueueFeatures features;
    private final MemoryPlace place = new MemoryPlace();
    private GuestMemory memory;
    private DirtyLog frameLog;
    private DirtyLog ringLog;
    private QueueFault fault;

    VirtqueueDevice(QueueRing ring, QueueFeatures features, GuestMemory memory) {
        this.ring = ring;
        this.size = ring.size();
        this.features = features;
        this.memory = memory;
    }

    /**
     * Begins to serve a ring.
     *
     * @param base where to begin: what {@link #base} has returned before, or what a front end has sent with
     *     SET_VRING_BASE. Of a packed ring the lower 16 bits count
     */
    public static VirtqueueDevice of(QueueRing ring, QueueFeatures features, GuestMemory memory, int base) {
        return features.packed() ? new PackedVirtqueueDevice(ring, features, memory, base)
            : new SplitVirtqueueDevice(ring, features, memory, base);
    }

    /**
     * Changes the memory in which chains are looked up, as when a front end has sent another table. The ring itself
     * stays where it is, and frames that are lent still lie in the memory before.
     */
    public final void memory(GuestMemory next) {
        memory = next;
    }

    /**
     * Where what the device writes is logged from now on.
     *
     * @param frames for the buffers of the driver; {@code null} for nowhere
     * @param entries for the ring itself, which a front end asks for apart; {@code null} for nowhere
     */
    public final void log(DirtyLog frames, DirtyLog entries) {
        frameLog = frames;
        ringLog = entries;
    }

    /**
     * Why the queue has stopped; {@code null} while it works. A queue that has stopped has no chains any more, and
     * notifies nobody.
     */
    public final QueueFault fault() {
        return fault;
    }

    /** Stops the queue; the first fault stays. */
    final int stop(QueueFault.Kind kind, String message) {
        if (fault == null) {
            fault = new QueueFault(kind, message);
        }
        return NONE;
    }

    /** How many entries the ring has. */
    public final int size() {
        return size;
    }

    /**
     * Takes the next chain.
     *
     * @param parts gets its parts that are not empty, {@link #MAX_PARTS} at most, for which there is room; nothing if
     *     there is no chain
     * @param writable whether all of it has to be for the device to write, or else to read
     * @return what {@link #complete} wants to have; {@link #NONE} if there is no chain, or if the queue has stopped
     */
    abstract int take(ChainParts parts, boolean writable);

    /** How far chains were taken, for {@link #rewind}. */
    abstract long position();

    /** How many entries of the ring were taken since a position. */
    abstract int takenSince(long position);

    /** Puts back the chains that were taken last, since a position; none of them was completed. */
    abstract void rewind(long position);

    /**
     * Gives back a chain; not visible before {@link #publish}.
     *
     * @param chain what {@link #take} has returned
     * @param written how many bytes from its beginning were written
     */
    abstract void complete(int chain, int written);

    /**
     * Lets the driver see the chains that were completed.
     *
     * @return whether it wants to be notified
     */
    abstract boolean publish();

    /** Tells the driver that no notification of chains is wanted. With event index it may still give a rare one. */
    abstract void suppressNotifications();

    /**
     * Tells the driver to notify when there are more chains than {@link #take} has found last, and looks once more.
     *
     * @return whether there are already
     */
    abstract boolean requestNotifications();

    /** Whether there is a chain to take. */
    abstract boolean isWaiting();

    /**
     * Where the queue stands, in the form of GET_VRING_BASE: the index of the next available entry of a split ring; of
     * a packed one, position and wrap bit of the next available descriptor, and in the upper half those of the next
     * used one.
     */
    public abstract int base();

    /** How many entries of the ring belong to chains that were taken and not completed. */
    abstract int inFlight();

    /** Logs what was written to the ring, and so where the driver will read. */
    final void logRing(int offset, int length) {
        if (ringLog != null) {
            ringLog.wrote(ring.logAddress() + offset, length);
        }
    }

    /** Logs bytes of a part that were written. */
    final void logPart(long address, int length) {
        if (frameLog != null) {
            frameLog.wrote(address, length);
        }
    }

    /**
     * Adds a part to a chain.
     *
     * @param flags of its descriptor
     * @return whether it is one; if not, the queue has stopped
     */
    final boolean addPart(ChainParts parts, long address, int length, int flags, boolean writable) {
        if ((flags & RingWords.WRITE) != 0 != writable) {
            stop(QueueFault.Kind.DIRECTION, "a descriptor is for the device to "
                + (writable ? "read, and stands in the receive queue" : "write, and stands in the transmit queue"));
            return false;
        }
        if (length == 0) {
            return true;
        }
        if (!memory.locate(address, length, place)) {
            stop(QueueFault.Kind.ADDRESS, "a descriptor names " + Integer.toUnsignedString(length)
                + " bytes at 0x" + Long.toHexString(address) + ", which are not in one region of the guest's memory");
            return false;
        }
        parts.add(place, address, length);
        return true;
    }

    /**
     * Checks a descriptor that points to a table of descriptors, and finds the table.
     *
     * @param room how many descriptors the chain may still have
     * @return how many descriptors the table has; 0 if it is none, and the queue has stopped
     */
    final int findTable(long address, int length, int flags, int room) {
        if (!features.indirect() || (flags & RingWords.NEXT) != 0) {
            return stop(QueueFault.Kind.INDIRECT, features.indirect()
                ? "a descriptor points to a table and to a next descriptor at the same time"
                : "a descriptor points to a table, which was not negotiated");
        }
        int count = length >>> 4;
        if (length == 0 || (length & RingWords.DESCRIPTOR - 1) != 0) {
            return stop(QueueFault.Kind.INDIRECT, "a table of descriptors has " + Integer.toUnsignedString(length)
                + " bytes, which is not a multiple of " + RingWords.DESCRIPTOR);
        }
        if (count > room && features.packed()) {
            // Every descriptor of such a table belongs to the chain.
            return stop(QueueFault.Kind.CHAIN, "a chain has more than " + MAX_PARTS + " descriptors");
        }
        if (!memory.locate(address, length, place)) {
            return stop(QueueFault.Kind.ADDRESS, "a table of " + count + " descriptors at 0x"
                + Long.toHexString(address) + " is not in one region of the guest's memory");
        }
        return count;
    }

    /** The window of the table that was found last. */
    final ByteBuffer tableWindow() {
        return place.window();
    }

    /** Where in its window the table that was found last begins. */
    final int tableOffset() {
        return place.offset();
    }

    @Override
    public final String toString() {
        return (features.packed() ? "packed" : "split") + " queue of " + size
            + (fault == null ? "" : ", stopped: " + fault.message());
    }
}
