/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import java.io.IOException;

/**
 * One frame was not sent, because the device or a handler on its way refused it; the promise of the frame fails with
 * this. The channel stays open. A {@link
 * io.ringtap.virtio.VirtioNetFrameException} says in addition what was wrong with a virtio-net header.
 *
 * <p>It carries no stack trace, as a device that is down refuses each of a million frames a second.
 */
public class FrameRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final DropReason reason;

    /**
     * Makes an exception. A device may make one for each reason and throw it again and again: the channel fails each
     * promise with an instance of its own, as {@code sync()} and {@code get()} add to the cause of a promise ({@link
     * Throwable#addSuppressed}).
     *
     * @param reason what the frame is counted as
     * @param message which device or handler refused it, why, and what to do
     */
    public FrameRefusedException(DropReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** A copy for the promise of one frame. Any thread. */
    public FrameRefusedException ofOneFrame() {
        return new FrameRefusedException(reason, getMessage());
    }

    /** What the frame was counted as. */
    public final DropReason reason() {
        return reason;
    }

    @Override
    public final synchronized Throwable fillInStackTrace() {
        return this;
    }
}
