/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.util.concurrent.Executor;

/**
 * How frames move between a {@link FrameDevice} and its channel on one event loop: by readiness, or by completion
 * where the loop does the reading and writing itself. Made when the device is open and the channel registered. On the
 * event loop.
 */
interface FrameIo {
    /** Starts or stops reading; what is in flight may still arrive. */
    void requestRead(boolean wanted);

    /**
     * Sends what is flushed, as far as the device takes it, and sees to it that the rest follows.
     *
     * @throws IOException if the device is gone
     */
    void flush(FlushedFrames frames) throws IOException;

    /** Whether the last flush has found the device full, and the rest waits until it has room. */
    boolean isFull();

    /** The device may have room, or may refuse now what it had no room for: what waits is offered to it again. */
    void writable();

    /**
     * Ends the registration, before the device closes or the channel moves to another loop.
     *
     * @return what to run the close on, once no operation in flight uses its memory any more, or {@code null} for at
     *     once
     */
    Executor detach();

    /**
     * Called once what {@link #detach} returned has run, by the event loop that the channel has moved to or before the
     * device closes: takes out the frames that were under way, sent or refused. What is left in front was not sent.
     */
    default void settle(FlushedFrames frames) {
    }

    /**
     * Called after {@link #settle}, again and again.
     *
     * @return the next frame that was read on the last loop and that no handler has had, now the caller's, or
     *     {@code null}
     */
    default ByteBuf nextReadAhead() {
        return null;
    }

    /** Called once this object is needed no more: lets go of all memory, at the latest when nothing is in flight. */
    default void discard() {
    }
}
