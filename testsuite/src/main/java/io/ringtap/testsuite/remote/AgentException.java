/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.IOException;

/** The agent refuses a connection, breaks the protocol, or has gone: no call can be made any more. */
public final class AgentException extends IOException {
    private static final long serialVersionUID = 1;

    AgentException(String message) {
        super(message);
    }

    AgentException(String message, Throwable cause) {
        super(message, cause);
    }
}
