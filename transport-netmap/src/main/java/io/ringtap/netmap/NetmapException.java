/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import java.io.IOException;

/**
 * netmap refused, or what it wrote into the shared memory makes no sense.
 */
public final class NetmapException extends IOException {
    private static final long serialVersionUID = 1L;

    private final NetmapError error;

    /**
     * An error that has a name.
     *
     * @param what the port and what was tried of it
     */
    public NetmapException(String what, NetmapError error) {
        super(what + ": " + error.meaning() + " (" + error + ')');
        this.error = error;
    }

    /**
     * An error that needs saying.
     *
     * @param message the whole message: what was wrong, and what to do
     */
    public NetmapException(NetmapError error, String message) {
        super(message);
        this.error = error;
    }

    /** Which error it was. */
    public NetmapError error() {
        return error;
    }
}
