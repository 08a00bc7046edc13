/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.DeviceMemory;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameBatch;

/**
 * Takes the frames that a {@link FrameDevice} reads. Valid during one call of {@link FrameDevice#read}, on the event
 * loop.
 */
public interface FrameSink {
    /**
     * Returns a buffer for one frame: direct, in one piece, empty, and with at least {@code capacity} writable bytes.
     * If the device does not pass it to {@link #frame}, the next call returns it again. The device never releases it.
     *
     * @param capacity bytes: the length of the longest frame that the device can deliver, plus one where the extra byte
     *     shows that a frame was truncated
     */
    ByteBuf allocate(int capacity);

    /**
     * Allocates several empty buffers for a device that receives several frames with one system call. Each has as many
     * writable bytes as one of {@link #allocate(int)}. The device owns them: it passes each to {@link #frames} or
     * releases it.
     *
     * @param into gets the buffers
     * @param count how many are wanted, 2 or more
     * @return how many were allocated; 0 if there are fewer than two, and the device has to use {@link #allocate(int)}
     */
    default int allocate(ByteBuf[] into, int count, int capacity) {
        return 0;
    }

    /**
     * Passes several whole frames on, in order. If reading has to stop after one of them, the sink keeps the others,
     * and passes them on before any other frame when frames are wanted again.
     *
     * @param frames filled buffers of {@link #allocate(ByteBuf[], int, int)}, or buffers of the device's own; the sink
     *     owns them from then on, and removes them from the array
     * @return whether to continue, as {@link #frame} does
     */
    default boolean frames(ByteBuf[] frames, int count) {
        throw new UnsupportedOperationException("frames are taken one by one");
    }

    /**
     * Passes one whole frame to the pipeline, at once or at the end of the round. The sink owns the buffer from then
     * on.
     *
     * @param frame the buffer that {@link #allocate} returned, filled, or a buffer of the device's own
     * @return whether to continue. {@code false} if the budget of the round is used up, if reading was turned off, or
     *     if a handler closed the channel; in the last case the device must not be used any more
     */
    boolean frame(ByteBuf frame);

    /**
     * Returns the batch of this round, to which a device can {@linkplain FrameBatch#add(DeviceMemory, long) add} frames
     * that are in its own memory. {@code null} if each frame is a message of its own.
     */
    default FrameBatch batch() {
        return null;
    }

    /**
     * Returns how many frames the budget of the round still allows. It is at least 1 as long as {@link #frame} and
     * {@link #added} have returned {@code true}.
     *
     * @param longest the length in bytes that none of the frames exceeds
     */
    default int room(int longest) {
        return 1;
    }

    /**
     * Tells the sink that the device has just added frames to the {@link #batch()}, if there is one.
     *
     * @param count how many, 1 to {@link #room}
     * @return whether to continue, as {@link #frame} does
     */
    default boolean added(int count) {
        throw new UnsupportedOperationException("there is no batch");
    }

    /** Counts a frame that the device had to drop. */
    void drop(DropReason reason);
}
