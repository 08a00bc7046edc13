/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import java.nio.ByteBuffer;

/**
 * A virtqueue from the side of the driver, in its own memory: makes chains of descriptors available, and takes them
 * back used. One thread at a time.
 *
 * <p>The device is not trusted either: what it names as used has to be what it was given. Memory order is as with
 * {@link VirtqueueDevice}, with the sides exchanged.
 */
public abstract sealed class VirtqueueDriver permits SplitVirtqueueDriver, PackedVirtqueueDriver {
    /** What {@link #takeUsed} returns if there is no used chain. */
    static final int NONE = -1;

    final int size;
    final QueueFeatures features;
    private final DriverMemory memory;
    private final DriverQueueLayout layout;
    private final int descriptorsAt;
    private final int driverAreaAt;
    private final int deviceAreaAt;
    private final int tablesAt;
    private final int tableEntries;
    private final QueueRing ring;
    /** The chain that is being made. */
    private final long[] addresses;
    private final int[] lengths;
    private int parts;
    private int total;
    private int writeFlag;
    /** What is known of the chain whose descriptor or buffer has an id; 0 slots if there is none. */
    private final int[] slots;
    private final int[] cookies;
    private final int[] totals;
    private final boolean[] writable;
    /** The ids of the chains that the device has, in the order in which it was given them. */
    private final int[] order;
    private int orderFirst;
    private int orderNext;
    /** How many chains the used entry that was read last stands for, and what it says of the last of them. */
    private int batch;
    private int batchLength;
    private int usedLength;
    private QueueFault fault;

    VirtqueueDriver(DriverMemory memory, DriverQueueLayout layout, QueueFeatures features) {
        this.memory = memory;
        this.layout = layout;
        this.features = features;
        size = layout.size();
        tableEntries = layout.tableEntries();
        boolean packed = features.packed();
        if (!QueueRing.isSize(size, packed)) {
            throw new IllegalArgumentException("a queue cannot have " + size + " entries");
        }
        descriptorsAt = memory.allocate(QueueRing.descriptorBytes(size));
        driverAreaAt = memory.allocate(QueueRing.driverBytes(size, packed));
        deviceAreaAt = memory.allocate(QueueRing.deviceBytes(size, packed));
        tablesAt = features.indirect()
            ? memory.allocate(size * tableEntries * RingWords.DESCRIPTOR) : -1;
        ring = QueueRing.at(size, packed, memory.place(descriptorsAt), memory.place(driverAreaAt),
            memory.place(deviceAreaAt), 0);
        addresses = new long[VirtqueueDevice.MAX_PARTS];
        lengths = new int[VirtqueueDevice.MAX_PARTS];
        slots = new int[size];
        cookies = new int[size];
        totals = new int[size];
        writable = new boolean[size];
        order = new int[size];
    }

    /**
     * Lays out a queue in memory of zeroes, and begins with an empty ring.
     *
     * @throws IllegalArgumentException if the size cannot be, or the memory is too small
     */
    public static VirtqueueDriver of(DriverMemory memory, DriverQueueLayout layout, QueueFeatures features) {
        return features.packed() ? new PackedVirtqueueDriver(memory, layout, features)
            : new SplitVirtqueueDriver(memory, layout, features);
    }

    /** The areas of the ring in this process. */
    public final QueueRing ring() {
        return ring;
    }

    /** The address by which the device knows the descriptor area. */
    public final long descriptorsAddress() {
        return memory.address(descriptorsAt);
    }

    /** The address by which the device knows the driver area. */
    public final long driverAreaAddress() {
        return memory.address(driverAreaAt);
    }

    /** The address by which the device knows the device area. */
    public final long deviceAreaAddress() {
        return memory.address(deviceAreaAt);
    }

    /** The base of an empty ring, for SET_VRING_BASE. */
    public abstract int base();

    /** How much memory the queue was laid out for. */
    final DriverQueueLayout layout() {
        return layout;
    }

    final DriverMemory memory() {
        return memory;
    }

    /** Why the queue has stopped; {@code null} while it works. */
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

    /** Whether a chain of so many parts finds room in the ring now. */
    final boolean hasRoom(int count) {
        return slotsFor(count) <= freeSlots();
    }

    /** Whether a chain of so many parts finds room in an empty ring. */
    final boolean canHold(int count) {
        return count <= (features.indirect() ? tableEntries : Math.min(size, VirtqueueDevice.MAX_PARTS));
    }

    private int slotsFor(int count) {
        return features.indirect() && count > 1 ? 1 : count;
    }

    abstract int freeSlots();

    /** Begins to make a chain, which is all for the device to write or all to read. */
    final void begin(boolean forDevice) {
        parts = 0;
        total = 0;
        writeFlag = forDevice ? RingWords.WRITE : 0;
    }

    /** Adds a part of the memory to the chain. */
    final void part(int offset, int length) {
        addresses[parts] = memory.address(offset);
        lengths[parts++] = length;
        total += length;
    }

    /**
     * Ends the chain, for which there is {@linkplain #hasRoom room}. The device sees it after {@link #publish}.
     *
     * @param cookie what {@link #takeUsed} returns when it is used; 0 or more
     */
    final void end(int cookie) {
        int taken = slotsFor(parts);
        int id = nextId();
        if (taken < parts) {
            int table = tablesAt + id * tableEntries * RingWords.DESCRIPTOR;
            writeTable(table);
            write(id, 0, memory.address(table), parts * RingWords.DESCRIPTOR, RingWords.INDIRECT, true);
        } else {
            for (int i = 0; i < parts; i++) {
                boolean last = i == parts - 1;
                write(id, i, addresses[i], lengths[i], writeFlag | (last ? 0 : RingWords.NEXT), last);
            }
        }
        slots[id] = taken;
        cookies[id] = cookie;
        totals[id] = total;
        writable[id] = writeFlag != 0;
        order[orderNext] = id;
        orderNext = following(orderNext);
        taken(id, taken);
    }

    private int following(int place) {
        return place + 1 == size ? 0 : place + 1;
    }

    private void writeTable(int table) {
        ByteBuffer bytes = memory.bytes();
        for (int i = 0; i < parts; i++) {
            int at = table + i * RingWords.DESCRIPTOR;
            boolean last = i == parts - 1;
            // A packed ring reads the table in order, and neither next nor the flag that goes with it.
            long next = features.packed() || last ? 0 : (long) (i + 1) << 48 | (long) RingWords.NEXT << 32;
            long write = (long) writeFlag << (features.packed() ? 48 : 32);
            bytes.putLong(at, addresses[i]);
            bytes.putLong(at + RingWords.UPPER, next | write | lengths[i]);
        }
    }

    /** The id of the next chain. */
    abstract int nextId();

    /** Writes a descriptor of the next chain. */
    abstract void write(int id, int number, long address, int length, int flags, boolean last);

    /** The next chain has its descriptors. */
    abstract void taken(int id, int count);

    /**
     * Lets the device see the chains that were made.
     *
     * @return whether it wants to be notified
     */
    abstract boolean publish();

    /**
     * Takes a used chain back.
     *
     * @return its cookie; {@link #NONE} if there is none, or if the queue has stopped
     */
    final int takeUsed() {
        if (fault != null || batch == 0 && !readUsed()) {
            return NONE;
        }
        int id;
        if (features.inOrder()) {
            id = order[orderFirst];
            orderFirst = following(orderFirst);
        } else {
            id = usedId();
        }
        batch--;
        // Chains that an entry stands for without naming them were used completely.
        usedLength = batch == 0 ? batchLength : totals[id];
        int count = slots[id];
        slots[id] = 0;
        freed(id, count);
        return cookies[id];
    }

    /** How many bytes of the chain that was taken back last the device has written. */
    final int usedLength() {
        return usedLength;
    }

    /** How many chains the used entry that was read last stands for. */
    final int batch() {
        return batch;
    }

    /** Reads the next used entry, if there is one, and passes it to {@link #used}. */
    abstract boolean readUsed();

    /** The id in the used entry that was read last. */
    abstract int usedId();

    /**
     * Checks a used entry.
     *
     * @param length bytes that the device says it has written
     * @return whether it may be; if not, the queue has stopped
     */
    final boolean used(int id, int length) {
        if (id >= size || slots[id] == 0) {
            stop(QueueFault.Kind.DESCRIPTOR, "the device has used chain " + id + ", which it does not have");
            return false;
        }
        if (writable[id] && Integer.compareUnsigned(length, totals[id]) > 0) {
            stop(QueueFault.Kind.LENGTH, "the device has written " + Integer.toUnsignedString(length)
                + " bytes into a chain of " + totals[id]);
            return false;
        }
        batch = 1;
        batchLength = writable[id] ? length : 0;
        if (features.inOrder()) {
            // The id is that of a chain that the device has, and so is met.
            for (int at = orderFirst; order[at] != id; at = following(at)) {
                batch++;
            }
        }
        return true;
    }

    /** The descriptors of a used chain are free again. */
    abstract void freed(int id, int count);

    /** Tells the device that no notification of used chains is wanted. */
    abstract void suppressNotifications();

    /**
     * Tells the device to notify when there are more used chains, and looks once more.
     *
     * @return whether there is one already
     */
    abstract boolean requestNotifications();

    /** Whether a used chain waits. */
    final boolean isWaiting() {
        return fault == null && (batch != 0 || isUsedWaiting());
    }

    abstract boolean isUsedWaiting();

    @Override
    public final String toString() {
        return (features.packed() ? "packed" : "split") + " queue of " + size
            + (fault == null ? "" : ", stopped: " + fault.message());
    }
}
