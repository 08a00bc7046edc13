/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;

/** What happened to the device under a {@link FrameChannel}; a user event of its pipeline, fired on its event loop. */
public sealed interface DeviceEvent {
    /** The device carries frames: it is up and has a carrier. */
    record LinkUp() implements DeviceEvent { }

    /**
     * The device carries no frames: it was set down or lost its carrier. What is written while a device is down is
     * refused, and so are, on every event loop, frames that were waiting for room when it was set down: a queue of
     * frames that are stale by the time it is up is of no use.
     */
    record LinkDown() implements DeviceEvent { }

    /**
     * Somebody changed the MTU.
     *
     * @param from the MTU before, in bytes
     * @param to the MTU now, in bytes
     */
    record MtuChanged(int from, int to) implements DeviceEvent { }

    /**
     * The virtio-net header of the device, or what may be left undone in its frames, changes in a moment, as when a
     * guest connects anew. Handlers that hold frames of the present form pass them on before they return. Fired
     * between two read rounds, and never from within a write or a flush.
     */
    record BackendChanging() implements DeviceEvent { }

    /**
     * The change that {@link BackendChanging} announced is made: from now on, frames that are read and written have
     * this form.
     *
     * @param header the layout of the header in front of every frame
     * @param backend what may be left undone in frames that are written and read
     */
    record BackendChanged(VirtioNetHeader header, VirtioNetBackend backend) implements DeviceEvent { }

    /**
     * The device was removed; the channel closes next.
     *
     * @param cause how that was noticed
     */
    record Gone(Throwable cause) implements DeviceEvent { }
}
