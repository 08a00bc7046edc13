/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.loop.Readiness;

import java.io.IOException;
import java.util.concurrent.Executor;

/**
 * Frames moved by readiness: the loop says when there is something, and the device is read or written there and then.
 */
final class ReadinessFrameIo implements FrameIo, Readiness.Listener {
    /** Makes the registration that tells this object what is ready. */
    @FunctionalInterface
    interface Registration {
        Readiness register(Readiness.Listener listener) throws IOException;
    }

    private final AbstractFrameChannel channel;
    private final FrameDevice device;
    private final FrameWriter writer;
    private final Readiness readiness;
    private boolean reading;
    private boolean waitingForRoom;
    private boolean detached;

    ReadinessFrameIo(AbstractFrameChannel channel, FrameDevice device, FrameWriter writer, Registration registration)
        throws IOException {
        this.channel = channel;
        this.device = device;
        this.writer = writer;
        readiness = registration.register(this);
    }

    @Override
    public void requestRead(boolean wanted) {
        reading = wanted;
        readiness.want(reading, waitingForRoom);
    }

    @Override
    public void flush(FlushedFrames frames) throws IOException {
        if (waitingForRoom) {
            // What was full a moment ago is: the loop will tell when there is room again.
            return;
        }
        int budget = channel.writeBudget();
        boolean full = false;
        while (frames.hasCurrent() && !detached) {
            if (budget == 0) {
                channel.flushNextTurn();
                break;
            }
            int sent = writer.writeHandles(frames, budget);
            budget -= Math.max(1, sent);
            if (sent == 0 && writer.writeCurrent(frames) == FrameDevice.FULL) {
                full = true;
                break;
            }
        }
        if (detached) {
            // A listener of one of the promises has closed the channel, which has sent the rest and ended the flush.
            return;
        }
        device.endOfFlush();
        waitForRoom(full);
    }

    @Override
    public boolean isFull() {
        return waitingForRoom;
    }

    private void waitForRoom(boolean wait) {
        waitingForRoom = wait;
        readiness.want(reading, wait);
    }

    @Override
    public void readable() {
        channel.readRound();
    }

    @Override
    public void writable() {
        waitForRoom(false);
        channel.flushNow();
    }

    @Override
    public void failed() {
        channel.deviceGone(device.failure());
    }

    @Override
    public void loopClosing() {
        channel.loopClosing();
    }

    @Override
    public Executor detach() {
        detached = true;
        readiness.cancel();
        return readiness.whenReleased();
    }
}
