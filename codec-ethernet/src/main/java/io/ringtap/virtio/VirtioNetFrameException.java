/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.ringtap.ethernet.FrameRefusedException;

/** A handler of this package refused one frame that was written, and tells what was wrong with it. */
public final class VirtioNetFrameException extends FrameRefusedException {
    private static final long serialVersionUID = 1L;
    private static final String[] MESSAGES = messages();

    /** What was wrong. */
    private final VirtioNetVerdict verdict;

    /**
     * Makes an exception for the promise of one frame.
     *
     * @throws IllegalArgumentException if there was nothing wrong
     */
    public VirtioNetFrameException(VirtioNetVerdict verdict) {
        super(verdict.dropReason(), MESSAGES[verdict.ordinal()]);
        this.verdict = verdict;
    }

    private static String[] messages() {
        VirtioNetVerdict[] verdicts = VirtioNetVerdict.values();
        String[] messages = new String[verdicts.length];
        for (VirtioNetVerdict verdict : verdicts) {
            messages[verdict.ordinal()] = verdict + ": " + verdict.description();
        }
        return messages;
    }

    @Override
    public VirtioNetFrameException ofOneFrame() {
        return new VirtioNetFrameException(verdict);
    }

    /** What was wrong, never {@link VirtioNetVerdict#VALID}. */
    public VirtioNetVerdict verdict() {
        return verdict;
    }
}
