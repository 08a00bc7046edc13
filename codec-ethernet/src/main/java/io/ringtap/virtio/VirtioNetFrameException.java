/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

/**
 * Why the promise of one written frame failed: the frame was refused, the channel is as well as before. There is one
 * instance for each verdict, without a stack trace, so that refusing costs nothing.
 */
public final class VirtioNetFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final VirtioNetFrameException[] INSTANCES = instances();

    /** The reason. */
    private final VirtioNetVerdict verdict;

    private VirtioNetFrameException(VirtioNetVerdict verdict) {
        super(verdict + ": " + verdict.description(), null, false, false);
        this.verdict = verdict;
    }

    static VirtioNetFrameException of(VirtioNetVerdict verdict) {
        return INSTANCES[verdict.ordinal()];
    }

    private static VirtioNetFrameException[] instances() {
        VirtioNetVerdict[] verdicts = VirtioNetVerdict.values();
        VirtioNetFrameException[] instances = new VirtioNetFrameException[verdicts.length];
        for (VirtioNetVerdict verdict : verdicts) {
            instances[verdict.ordinal()] = new VirtioNetFrameException(verdict);
        }
        return instances;
    }

    /** The reason, never {@link VirtioNetVerdict#VALID}. */
    public VirtioNetVerdict verdict() {
        return verdict;
    }
}
