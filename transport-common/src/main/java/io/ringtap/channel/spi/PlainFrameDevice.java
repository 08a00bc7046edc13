/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.ringtap.ethernet.FrameRefusedException;

import java.io.IOException;

/**
 * A device of which one read(2) of the descriptor is one received frame and one write(2) or writev(2) one sent frame,
 * as a tap and unlike a netmap ring: an event loop that completes operations may do both by itself. What such an
 * operation finds out of the ordinary, an error or a frame that is not one direct part, goes the way of {@link #read}
 * and {@link #write} all the same.
 */
public interface PlainFrameDevice extends FrameDevice {
    /**
     * Bytes to offer to a read: the longest frame and its vnet header, and one more. It may grow while the device is
     * open. On the event loop.
     */
    int receiveCapacity();

    /**
     * Told of a read that filled all it was offered, so that some of the frame may be lost. Counts the frame as dropped
     * and measures the device anew. On the event loop.
     *
     * @throws IOException if the device is gone
     */
    void truncated(FrameSink sink) throws IOException;

    /**
     * Whether what the loop has read is a frame; asked of all that did not fill what was offered. A device that can
     * read something else counts it, if it is a frame that was lost. On the event loop.
     */
    default boolean isFrame(ByteBuf read, FrameSink sink) {
        return true;
    }

    /**
     * Whether a write can find the device full as things are set: by whichever channel of the device. Where it cannot,
     * a loop may be given many writes at once, and they keep their order. On the event loop.
     */
    boolean canBeFull();

    /**
     * Whether the loop may write this frame as it is; one that the device has to do something to goes the way of
     * {@link #write}. On the event loop.
     */
    default boolean isWrittenAsIs(ByteBuf frame) {
        return true;
    }

    /**
     * Told of a frame that the loop has tried to write and could not: says what {@link #write} says to the same error.
     * A device that has another way to send such a frame takes that now; others, which inherit this, try again.
     *
     * @param error a negative error number
     * @return {@link #WRITTEN} or {@link #FULL}
     * @throws FrameRefusedException if this frame can never be sent; the next one may
     * @throws IOException if the device is gone
     */
    default int writeFailed(ByteBuf frame, int error) throws IOException {
        return write(frame);
    }

    /**
     * Told that the frame that found the device full last will not be given again: what is held of it is forgotten. On
     * the event loop.
     */
    default void givenUp() {
    }
}
