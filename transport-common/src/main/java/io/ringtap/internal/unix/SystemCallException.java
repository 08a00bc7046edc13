/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import java.io.IOException;

/** A system call failed. The message names the call, what it was called on, the error and, where known, the remedy. */
public class SystemCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * Makes one.
     *
     * @param call the call and what it was called on, as {@code open(/dev/net/tun)}
     * @param errno the error number, positive
     * @param advice what to do about it, or {@code null}
     */
    public SystemCallException(String call, int errno, String advice) {
        super(call + " failed: " + Errno.nameOf(errno) + " (" + SystemCalls.describe(errno) + ")"
            + (advice == null ? "" : ": " + advice));
        this.errno = errno;
    }

    /**
     * Makes one that says more about another.
     *
     * @param subject what the call was made for, to stand in front of the message
     * @param cause whose error number is kept
     * @param advice what to do about it, or {@code null}
     */
    public SystemCallException(String subject, SystemCallException cause, String advice) {
        super(subject + ": " + cause.getMessage() + (advice == null ? "" : ": " + advice), cause);
        errno = cause.errno;
    }

    /** The error number, positive. */
    public int errno() {
        return errno;
    }

    /** Whether the error is this one. */
    public boolean is(Errno error) {
        return error.number() == errno;
    }
}
