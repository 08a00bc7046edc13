/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.io.IOException;

/**
 * The device did not take one frame, whose promise fails with this; the channel goes on. It carries no stack trace,
 * as a device that is down refuses each of a million frames a second.
 */
public final class FrameRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final DropReason reason;

    /**
     * Makes one. A device may make it once for each reason and throw it again and again: the channel fails each promise
     * with one of its own, as whoever waits for a promise adds to the cause ({@link Throwable#addSuppressed}).
     *
     * @param reason what to count the frame as
     * @param message which device refused, why, and what to do
     */
    public FrameRefusedException(DropReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The same for the promise of one frame: called by whoever fails that promise. Any thread. */
    public FrameRefusedException ofOneFrame() {
        return new FrameRefusedException(reason, getMessage());
    }

    /** What the frame was counted as. */
    public DropReason reason() {
        return reason;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
