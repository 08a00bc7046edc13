/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import java.io.IOException;

/**
 * Thrown if a device is in use and is expected to be free in a moment, as the system has not let go yet of what a
 * closed descriptor had. The channel opens it later, and does not occupy its event loop meanwhile.
 */
public final class DeviceBusyException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A device that is busy.
     *
     * @param cause why, and what to do; its message becomes that of this exception
     */
    public DeviceBusyException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
