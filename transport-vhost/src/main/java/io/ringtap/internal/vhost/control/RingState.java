/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.control;

import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.memory.DirtyLog;
import io.ringtap.internal.vhost.memory.MemoryPlace;
import io.ringtap.internal.vhost.memory.MemoryView;
import io.ringtap.internal.vhost.memory.SharedMemory;
import io.ringtap.internal.vhost.queue.QueueFeatures;
import io.ringtap.internal.vhost.queue.QueueRing;
import io.ringtap.internal.vhost.queue.VirtqueueDevice;
import io.ringtap.internal.vhost.wire.VringAddress;

import java.io.IOException;

/** What a front end has said of one ring. On the event loop of the control connection. */
final class RingState {
    private static final int NONE = -1;

    private final int index;
    private int size;
    private int base;
    private VringAddress address;
    private int kick = NONE;
    private int call = NONE;
    private int error = NONE;
    private boolean started;
    private boolean enabled;
    private VirtqueueDevice device;

    RingState(int index) {
        this.index = index;
    }

    boolean isStarted() {
        return started;
    }

    int size() {
        return size;
    }

    void size(int entries) {
        size = entries;
    }

    void base(int next) {
        base = next;
    }

    int base() {
        return base;
    }

    void enable(boolean on) {
        enabled = on;
    }

    VringAddress address() {
        return address;
    }

    void address(VringAddress where) {
        address = where;
    }

    /** Starts the ring: the driver has given what it kicks with, or nothing, {@value #NONE}. */
    void start(int descriptor) {
        close(kick);
        kick = descriptor;
        started = true;
    }

    void stop() {
        started = false;
        close(kick);
        kick = NONE;
    }

    void call(int descriptor) {
        close(call);
        call = descriptor;
    }

    void error(int descriptor) {
        close(error);
        error = descriptor;
    }

    /** The queue pair has been suspended: remembers how far it has come. */
    void suspended() {
        if (device != null) {
            base = device.base();
            device = null;
        }
    }

    /**
     * Begins anew where the ring stands.
     *
     * @param log of written pages; {@code null} for none
     * @return {@code null} if it has not been started
     * @throws IOException if there can be no such ring
     */
    ServedRing serve(SharedMemory memory, long features, DirtyLog log) throws IOException {
        if (!started) {
            return null;
        }
        MemoryView view = memory.view();
        QueueFeatures queue = QueueFeatures.of(features);
        QueueRing ring = locate(view, queue.packed());
        device = VirtqueueDevice.of(ring, queue, view, base);
        // A front end may want pages marked that hold frames, and not those of the ring.
        device.log(log, address.isLogged() ? log : null);
        return new ServedRing(index, device, kick, call, error,
            enabled || (features & DeviceFeatures.PROTOCOL_FEATURES) == 0);
    }

    /**
     * Finds the parts of the ring.
     *
     * @throws IOException if there can be no such ring
     */
    QueueRing locate(MemoryView view, boolean packed) throws IOException {
        if (address == null || size == 0) {
            throw new IOException("ring " + index + " has no " + (size == 0 ? "size" : "address"));
        }
        if (!QueueRing.isSize(size, packed)) {
            throw new IOException("ring " + index + " cannot have " + size + " entries: "
                + (packed ? "1 to " : "a power of two up to ") + QueueRing.MAX_SIZE);
        }
        MemoryPlace descriptors = new MemoryPlace();
        MemoryPlace driver = new MemoryPlace();
        MemoryPlace device = new MemoryPlace();
        long guest = find(view, "descriptors", address.descriptors(), QueueRing.descriptorBytes(size), descriptors);
        find(view, "driver area", address.available(), QueueRing.driverBytes(size, packed), driver);
        find(view, "device area", address.used(), QueueRing.deviceBytes(size, packed), device);
        try {
            return QueueRing.at(size, packed, descriptors, driver, device, packed ? guest : address.log());
        } catch (IllegalArgumentException e) {
            throw new IOException("ring " + index + ": " + e.getMessage(), e);
        }
    }

    private long find(MemoryView view, String what, long at, int length, MemoryPlace into) throws IOException {
        long guest = view.locateUser(at, length, into);
        if (guest == -1) {
            throw new IOException("ring " + index + " has its " + what + " at 0x" + Long.toHexString(at) + ", where "
                + length + " bytes are not in the memory that was shared");
        }
        return guest;
    }

    private static void close(int descriptor) {
        if (descriptor >= 0) {
            SystemCalls.close(descriptor);
        }
    }

    /** Closes all descriptors. The queue pair has been suspended. */
    void close() {
        stop();
        call(NONE);
        error(NONE);
    }
}
