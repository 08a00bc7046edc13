/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.pktgen;

import java.util.ArrayList;
import java.util.Locale;

/** What pktgen does at a port. */
enum PktgenFunction {
    /** Sends. */
    TX,
    /** Counts what comes. */
    RX,
    /** Sends one frame at a time and waits for it to come back. */
    PING,
    /** Sends back what comes. */
    PONG;

    /** What {@code -f} may be given. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        /** Called by picocli. */
        Names() {
            for (PktgenFunction function : values()) {
                add(function.toString());
            }
        }
    }

    /** Whether it ends by itself, however it goes. */
    boolean sends() {
        return this == TX || this == PING;
    }

    PktgenHandler newHandler(PktgenOptions options) {
        return switch (this) {
            case TX -> new TxHandler(options);
            case RX -> new RxHandler(options.count());
            case PING -> new PingHandler(options);
            case PONG -> new PongHandler(options.count());
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
