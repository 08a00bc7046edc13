/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.queue;

import io.netty.buffer.ByteBuf;

/**
 * Frames that go into a virtqueue: on the device's side into the driver's receive queue, on the driver's side into its
 * own transmit queue. A frame is copied, with the vnet header of the channel in front, which becomes the one that the
 * other side has. The other side learns of frames when they are published. Used on the event loop of the queue; nothing
 * here allocates or blocks.
 */
public interface FrameOutput {
    /** The frame is in the queue. */
    int WRITTEN = 1;
    /** The queue has no room for it now; nothing of it was taken. */
    int FULL = 0;
    /** The frame can never be sent: the other side has no buffers that could hold it, or it is too short. */
    int REFUSED = -1;
    /** The queue has {@linkplain #fault stopped}. */
    int STOPPED = -2;

    /**
     * Writes a frame.
     *
     * @param frame direct, on the heap or composed; its indices stay
     * @return {@link #WRITTEN}, {@link #FULL}, {@link #REFUSED} or {@link #STOPPED}
     */
    int write(ByteBuf frame);

    /**
     * Writes a frame that is lent from another queue, with one copy from the memory of one guest into that of the
     * other. It stays lent.
     *
     * @return as {@link #write(ByteBuf)}
     */
    int write(FrameInput from, long frame);

    /**
     * Lets the other side have what was written.
     *
     * @return whether it wants to be notified now
     */
    boolean publish();

    /** Tells the other side that no notification of room is wanted. */
    void suppressNotifications();

    /**
     * Tells the other side to notify when there is room, and looks at the ring once more after that.
     *
     * @return whether there is more room than when the queue was last found full, for which no notification may come
     */
    boolean requestNotifications();

    /** Why the queue has stopped; {@code null} while it works. */
    QueueFault fault();
}
