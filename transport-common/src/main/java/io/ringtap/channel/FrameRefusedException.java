/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import java.io.IOException;

/**
 * The device did not take one frame, whose promise fails with this; the channel goes on. It carries no stack trace,
 * as a device that is down refuses each of a million frames a second.
 */
public final class FrameRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final DropReason reason;

    /**
     * Makes one; a device makes it once for each reason and throws it again and again.
     *
     * @param reason what to count the frame as
     * @param message which device refused, why, and what to do
     */
    public FrameRefusedException(DropReason reason, String message) {
        super(message);
        this.reason = reason;
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
