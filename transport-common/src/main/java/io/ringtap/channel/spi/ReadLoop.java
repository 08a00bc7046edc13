/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * Decides when a channel reads: while a read is pending or autoRead is set, but not during a pause after a failure.
 * Frames that a previous event loop has read are delivered before those of the device. On the event loop.
 */
final class ReadLoop {
    private final AbstractFrameChannel channel;
    private final ReadRound round;
    private final ReadPause pause;
    private final CarriedFrames carried;
    private final Runnable carriedTask = this::deliverCarried;
    /** Filled by any thread. */
    private final Queue<Runnable> betweenRounds = new ConcurrentLinkedQueue<>();
    private final Runnable betweenRoundsTask = this::runBetweenRounds;
    private FrameDevice device;
    /** {@code null} while no event loop serves the device. */
    private FrameIo io;

    ReadLoop(AbstractFrameChannel channel, CarriedFrames carried) {
        this.channel = channel;
        this.carried = carried;
        round = new ReadRound(channel, carried);
        pause = new ReadPause(channel, this::request);
    }

    /** An event loop serves the device from now on. */
    void attach(FrameDevice open, FrameIo served) {
        device = open;
        io = served;
        round.attach();
    }

    /** Begins with a read that was asked for before there was anything to read from. */
    void start() {
        runBetweenRounds();
        if (round.isPending()) {
            request(true);
        }
    }

    /** The channel closes, or leaves its event loop. */
    void detach() {
        io = null;
        pause.cancel();
        round.release();
    }

    /** Gives back what is received into. */
    void release() {
        round.release();
    }

    /** Somebody has asked for a frame. */
    void ask() {
        round.setPending(true);
        if (!round.isUnderWay()) {
            request(true);
        }
    }

    /** Forgets that somebody has asked for a frame: for a channel that no event loop serves. */
    void forget() {
        round.setPending(false);
    }

    /** Nobody waits for a frame any more. */
    void cancel() {
        round.setPending(false);
        if (!round.isUnderWay()) {
            request(false);
        }
    }

    /** Whether somebody waits for a frame. */
    boolean isWanted() {
        return round.isPending() || channel.config().isAutoRead();
    }

    /**
     * Runs a task on the event loop that serves the channel, between two rounds and when handlers have had all frames
     * that were read before: while there are any that nobody asks for, and while no event loop serves the channel, the
     * task waits. It does not run if the channel is closed first. Any thread.
     */
    void betweenRounds(Runnable task) {
        betweenRounds.add(task);
        try {
            // The next event loop, if the channel comes to one meanwhile, looks for tasks when it begins to serve it.
            channel.eventLoop().execute(betweenRoundsTask);
        } catch (IllegalStateException | RejectedExecutionException notServed) {
            // There is no event loop yet, or it has ended.
            return;
        }
    }

    /** Runs what was given to {@link #betweenRounds}, if this is the time for it. */
    void runBetweenRounds() {
        while (!betweenRounds.isEmpty() && isBetweenRounds()) {
            try {
                betweenRounds.remove().run();
            } catch (Throwable broken) {
                // Reading goes on, whatever a transport's task fails with.
                channel.pipeline().fireExceptionCaught(broken);
            }
        }
    }

    private boolean isBetweenRounds() {
        // An event loop that the channel has left may still run what was submitted to it.
        return io != null && channel.eventLoop().inEventLoop() && !round.isUnderWay() && carried.isEmpty()
            && !io.hasReadAhead();
    }

    /** Where frames go, and the buffers that they are received into. */
    ReadRound round() {
        return round;
    }

    private void request() {
        if (!round.isUnderWay()) {
            request(isWanted());
        }
    }

    private void request(boolean wanted) {
        if (io == null) {
            return;
        }
        boolean now = wanted && !pause.isUnderWay();
        if (now && !carried.isEmpty()) {
            io.requestRead(false);
            channel.eventLoop().execute(carriedTask);
        } else {
            io.requestRead(now);
        }
    }

    private void deliverCarried() {
        if (!channel.eventLoop().inEventLoop() || io == null || carried.isEmpty() || round.isUnderWay()
            || !isWanted()) {
            return;
        }
        Throwable failure = null;
        try {
            round.begin();
            carried.deliver(round);
        } catch (Throwable cause) {
            failure = cause;
        }
        end(failure);
    }

    /** One round of reads, as many frames as one may take, then {@code channelReadComplete}. */
    void run() {
        if (io == null) {
            return;
        }
        if (!isWanted() || pause.isUnderWay()) {
            io.requestRead(false);
            return;
        }
        if (round.isUnderWay()) {
            // A handler runs the loop's tasks, or the wake-up came during a round: that round reads the frames.
            return;
        }
        Throwable failure = null;
        try {
            round.begin();
            if (carried.deliver(round)) {
                device.read(round);
            }
        } catch (Throwable cause) {
            failure = cause;
        }
        end(failure);
    }

    /**
     * Ends a round of reads, and says what is wanted next.
     *
     * @param cause why it has failed, {@code null} if it has not
     */
    void end(Throwable cause) {
        Throwable failure = cause;
        try {
            round.end();
        } catch (Throwable broken) {
            failure = failure == null ? broken : failure;
        }
        runBetweenRounds();
        if (failure instanceof IOException || failure == null || round.hasEndedShort()) {
            pause.succeeded();
            request(isWanted());
            if (failure instanceof IOException gone) {
                channel.deviceGone(gone);
            }
        } else {
            failed(failure);
        }
    }

    /** The channel could not read: fires the cause, unless handlers have received it, and tries again later. */
    void failed(Throwable cause) {
        boolean tell = io == null || pause.begin();
        request(isWanted());
        if (tell) {
            channel.pipeline().fireExceptionCaught(cause);
        }
    }
}
