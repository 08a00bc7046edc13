/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.loop.Readiness;

import java.io.IOException;

/**
 * Frames moved by readiness: the loop says when there is something, and the device is read or written there and then.
 */
final class ReadinessFrameIo extends FrameIo {
    /** Makes the registration that tells this object what is ready. */
    @FunctionalInterface
    interface Registration {
        Readiness register(Readiness.Listener listener) throws IOException;
    }

    private final AbstractFrameChannel channel;
    private final FrameDevice device;
    private final WriteLoop writes;
    private final FrameWriter writer;
    private final ReadLoop reads;
    private final Readiness readiness;
    private boolean reading;

    ReadinessFrameIo(AbstractFrameChannel channel, FrameDevice device, WriteLoop writes, ReadLoop reads,
                     Registration registration) throws IOException {
        super(channel, device);
        this.channel = channel;
        this.device = device;
        this.writes = writes;
        writer = writes.writer();
        this.reads = reads;
        readiness = registration.register(this);
    }

    @Override
    Readiness readiness() {
        return readiness;
    }

    @Override
    void requestRead(boolean wanted) {
        reading = wanted;
        waitForEvents();
    }

    @Override
    void waitForEvents() {
        readiness.want(reading, isFull());
    }

    @Override
    void flush(FlushedFrames frames) throws IOException {
        if (isFull()) {
            // What was full a moment ago is: the loop will tell when there is room again.
            return;
        }
        int budget = channel.writeBudget();
        boolean full = false;
        while (frames.hasCurrent() && !isDetached()) {
            if (budget == 0) {
                writes.flushNextTurn();
                break;
            }
            int sent = writer.writeHandles(frames, budget);
            if (sent == FrameDevice.NO_ROOM) {
                full = true;
                break;
            }
            if (sent == 0) {
                sent = writer.writeTogether(frames, budget);
            }
            budget -= Math.max(1, sent);
            if (sent == 0 && writer.writeCurrent(frames) == FrameDevice.FULL) {
                full = true;
                break;
            }
        }
        if (isDetached()) {
            // A listener of one of the promises has closed the channel, which has sent the rest and ended the flush.
            return;
        }
        device.endOfFlush();
        waitForRoom(full);
    }

    @Override
    public void readable() {
        reads.run();
    }
}
