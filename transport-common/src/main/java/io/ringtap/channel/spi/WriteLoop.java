/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.ringtap.ethernet.DropReason;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Decides when a channel writes: when Netty flushes, on the event loop that serves the channel, and in further turns of
 * that loop until what is flushed is sent. On the event loop.
 */
final class WriteLoop {
    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(WriteLoop.class);

    private final AbstractFrameChannel channel;
    private final CarriedFrames carried;
    private final FlushedFrames flushed = new FlushedFrames();
    private final Runnable flushTask = this::flushAgain;
    private final Runnable turnTask = this::flushTurn;
    /** {@code null} before the device is open and after it is closed. */
    private FrameWriter writer;
    /** {@code null} while no event loop serves the device. */
    private FrameIo io;
    /** A flush goes on in the next turn of the event loop, so that others need not ask for the same. */
    private boolean turnScheduled;
    /** Netty has called {@link #flush} for a flush of this event loop. */
    private boolean writing;

    WriteLoop(AbstractFrameChannel channel, CarriedFrames carried) {
        this.channel = channel;
        this.carried = carried;
    }

    /** The device is open. */
    void open(FrameDevice device) {
        writer = new FrameWriter(device, channel.stats());
    }

    /** The device closes: nothing is written any more. */
    void close() {
        writer = null;
    }

    /** What writes to the device. */
    FrameWriter writer() {
        return writer;
    }

    /** What is flushed. */
    FlushedFrames flushed() {
        return flushed;
    }

    /** Once the event loop that was left has let go: takes over what it had under way. */
    void takeOver() {
        carried.takeOver(flushed);
    }

    /** An event loop serves the device from now on. */
    void attach(FrameIo served) {
        io = served;
        // What an event loop that was left had scheduled is of no use here.
        turnScheduled = false;
    }

    /** The channel closes, or leaves its event loop. */
    void detach() {
        io = null;
    }

    /**
     * Netty flushes.
     *
     * @throws IOException if the device is gone
     */
    void flush(ChannelOutboundBuffer out) throws IOException {
        if (!channel.eventLoop().inEventLoop()) {
            // Flushed on an event loop that the channel has left: nothing of it is touched here.
            flushLater();
            return;
        }
        writing = true;
        flushed.of(out);
        if (io != null) {
            io.flush(flushed);
        }
        // Between two event loops, the frames wait for the next one.
    }

    /** Goes on with a flush on the event loop that the channel is on. */
    void flushLater() {
        channel.eventLoop().execute(flushTask);
    }

    /**
     * Goes on with a flush whose budget was used up, when the loop's other channels have had their turn. Due at once by
     * the timer, as a task that submits itself again is run again before the loop looks after them, for up to a second.
     */
    void flushNextTurn() {
        if (!turnScheduled) {
            channel.eventLoop().schedule(turnTask, 0, TimeUnit.NANOSECONDS);
            turnScheduled = true;
        }
    }

    private void flushTurn() {
        if (channel.eventLoop().inEventLoop()) {
            turnScheduled = false;
            flushAgain();
        }
    }

    private void flushAgain() {
        if (!channel.eventLoop().inEventLoop() || io == null) {
            // An event loop that the channel has left may still run tasks that were submitted to it earlier.
            return;
        }
        writing = false;
        channel.flushNow();
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        if (!writing && out != null && !out.isEmpty()) {
            // Netty lets one thread flush at a time, and the event loop that was left is just about to end its flush.
            flushNextTurn();
        }
    }

    /** For a channel that Netty gives up without a flush: what is flushed is in this buffer. */
    void take(ChannelOutboundBuffer out) {
        flushed.of(out);
    }

    /**
     * Before the device closes: completes the promises of sent frames, and sends the other flushed frames. Those that
     * the device does not take are counted as dropped.
     *
     * @param gone whether the device is gone
     */
    void finish(boolean gone) {
        try {
            carried.settle(flushed);
            if (writer != null && !gone) {
                writer.writeRest(flushed);
            }
        } catch (RuntimeException | Error e) {
            // Netty has begun to close: whatever happened, the device closes too.
            LOGGER.warn("{} may have left frames unsent that were flushed before it was closed", channel, e);
        }
        channel.stats().countTxDrops(DropReason.CLOSED, flushed.count());
    }
}
