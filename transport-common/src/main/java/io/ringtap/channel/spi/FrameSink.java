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
     * How many frames the budget of the round still allows, 1 at least while the sink has not said to stop. Asked only
     * where there is a {@link #batch()}, as is {@link #added}.
     *
     * @param longest the most bytes that one of them can have
     */
    default int room(int longest) {
        return 1;
    }

    /**
     * Takes note of the frames that the device has just added to the {@link #batch()}.
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
