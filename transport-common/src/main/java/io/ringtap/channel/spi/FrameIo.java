/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.Executor;

/**
 * How frames move between a {@link FrameDevice} and its channel on one event loop: by readiness, or by completion
 * where the loop does the reading and writing itself. Made when the device is open and the channel registered. On the
 * event loop.
 */
abstract class FrameIo implements Readiness.Listener {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(FrameIo.class);

    private final AbstractFrameChannel channel;
    private final FrameDevice device;
    private boolean waitingForRoom;
    private boolean detached;

    FrameIo(AbstractFrameChannel channel, FrameDevice device) {
        this.channel = channel;
        this.device = device;
    }

    /** Starts or stops reading; what is in flight may still arrive. */
    abstract void requestRead(boolean wanted);

    /**
     * Sends what is flushed, as far as the device takes it, and sees to it that the rest follows.
     *
     * @throws IOException if the device is gone
     */
    abstract void flush(FlushedFrames frames) throws IOException;

    /** The registration with the event loop. */
    abstract Readiness readiness();

    /** Updates what {@link #readiness()} waits for to the present state. */
    abstract void waitForEvents();

    /** Whether the last flush has found the device full, and the rest waits until it has room. */
    final boolean isFull() {
        return waitingForRoom;
    }

    /** Sets whether flushed frames wait for room in the device. */
    final void waitForRoom(boolean wait) {
        waitingForRoom = wait;
        waitForEvents();
    }

    /** Whether the registration has ended, so that the device is not to be touched. */
    final boolean isDetached() {
        return detached;
    }

    /** The device may have room, or may refuse now what it had no room for: what waits is offered to it again. */
    @Override
    public final void writable() {
        waitForRoom(false);
        channel.flushNow();
    }

    @Override
    public final void failed() {
        IOException cause;
        try {
            cause = device.failure();
        } catch (RuntimeException | Error broken) {
            // An error of a descriptor that nobody reads away is reported again and again, and an Error ends the event
            // loop.
            cause = new IOException(device.localAddress() + " is in error, and has failed to say in which", broken);
        }
        if (cause != null) {
            channel.deviceGone(cause);
        }
    }

    @Override
    public final void loopClosing() {
        channel.loopClosing();
    }

    /**
     * Ends the registration, before the device closes or the channel moves to another loop.
     *
     * @return what to run the close on, once no operation in flight uses its memory any more, or {@code null} for at
     *     once
     */
    final Executor detach() {
        detached = true;
        try {
            readiness().cancel();
        } catch (RuntimeException | Error broken) {
            // Whatever the event loop or a transport fails with, the channel closes or moves on.
            LOGGER.warn("{} has not ended its registration with the event loop in order", channel, broken);
        }
        return readiness().whenReleased();
    }

    /**
     * Whether frames were read, or are being read, that no handler has had: those of this object, on the event loop
     * that it serves.
     */
    boolean hasReadAhead() {
        return false;
    }

    /**
     * Called once what {@link #detach} returned has run, by the event loop that the channel has moved to or before the
     * device closes: takes out the frames that were under way, sent or refused. What is left in front was not sent.
     */
    void settle(FlushedFrames frames) {
    }

    /**
     * Called after {@link #settle}, again and again.
     *
     * @return the next frame that was read on the last loop and that no handler has had, now the caller's, or
     *     {@code null}
     */
    ByteBuf nextReadAhead() {
        return null;
    }

    /** Called when this object is no longer needed: releases all memory, at the latest with the last operation. */
    void discard() {
    }
}
