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
 * Where a {@link FrameDevice} puts the frames it reads. Valid during one {@link FrameDevice#read}, on the event loop.
 */
public interface FrameSink {
    /**
     * Memory to read one frame into: empty, with at least this much room behind its writer index, direct and of one
     * part. What is not handed on with {@link #frame} is given out again by the next call; the device
     * never releases it.
     *
     * @param capacity bytes, the longest frame the device can deliver and one more where that tells a truncated one
     */
    ByteBuf allocate(int capacity);

    /**
     * Takes several empty buffers with as much room as {@link #allocate(int)} gives, for a device that receives several
     * frames with one system call. They belong to the device, which hands each on with {@link #frames} or releases it.
     *
     * @param into takes the buffers
     * @param count how many are wanted, 2 or more
     * @return how many there are; 0 if there are not two, and {@link #allocate(int)} has to do
     */
    default int allocate(ByteBuf[] into, int count, int capacity) {
        return 0;
    }

    /**
     * Hands on several whole frames in order. The sink keeps those that come after it has said to stop, and hands them
     * on before any other once frames are wanted again.
     *
     * @param frames buffers of {@link #allocate(ByteBuf[], int, int)}, filled, or the device's own; they are the sink's
     *     from now on, and are taken out of the array
     * @return whether to go on, as {@link #frame} does
     */
    default boolean frames(ByteBuf[] frames, int count) {
        throw new UnsupportedOperationException("frames are taken one by one");
    }

    /**
     * Hands one whole frame to the pipeline, at once or at the end of the round.
     *
     * @param frame what {@link #allocate} gave, filled, or a buffer of the device's own, which is then the sink's
     * @return whether to go on: {@code false} once the round's budget is used up, reading was turned off, or a handler
     *     closed the channel, after which the device must not be touched
     */
    boolean frame(ByteBuf frame);

    /**
     * The batch that the frames of this round travel in, for a device to {@linkplain FrameBatch#add(DeviceMemory, long)
     * add} frames to that lie in its memory; {@code null} if each is a message of its own.
     */
    default FrameBatch batch() {
        return null;
    }

    /**
     * How many frames the budget of the round still allows, 1 at least while the sink has not said to stop.
     *
     * @param longest the most bytes that one of them can have
     */
    default int room(int longest) {
        return 1;
    }

    /**
     * Takes note of the frames that the device has just added to the {@link #batch()}, where there is one.
     *
     * @param count 1 to {@link #room}
     * @return whether to go on, as {@link #frame} does
     */
    default boolean added(int count) {
        throw new UnsupportedOperationException("there is no batch");
    }

    /** Counts a frame that the device had to drop. */
    void drop(DropReason reason);
}
