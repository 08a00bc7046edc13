/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vhost.wire;

import java.io.IOException;

/** The other side of a connection does not keep to the protocol. The connection ends. */
public final class VhostProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message what was wrong */
    public VhostProtocolException(String message) {
        super(message);
    }
}
