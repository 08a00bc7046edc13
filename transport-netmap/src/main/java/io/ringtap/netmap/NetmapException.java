/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import java.io.IOException;

/** netmap has refused a request, or what it has written into the shared memory is invalid. */
public final class NetmapException extends IOException {
    private static final long serialVersionUID = 1L;

    private final NetmapError error;

    /**
     * An error for which a few words are enough.
     *
     * @param what the port and what was tried with it
     */
    public NetmapException(String what, NetmapError error) {
        super(what + ": " + error.meaning() + " (" + error + ')');
        this.error = error;
    }

    /**
     * An error that has to be explained.
     *
     * @param message the whole message: what is wrong, and what to do
     */
    public NetmapException(NetmapError error, String message) {
        super(message);
        this.error = error;
    }

    /** The error. */
    public NetmapError error() {
        return error;
    }
}
