/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;

/** What a bridge prints while it runs. Any thread. */
interface Report extends AutoCloseable {
    /** The bridge is open. */
    default void begin(Bridge bridge) {
    }

    /** A port is shown from now on. */
    void add(BridgePort port);

    /**
     * Something has happened at a port.
     *
     * @param kind such as {@code port-gone}
     * @param port its name; {@code null} if it is about none
     * @param text what has happened
     */
    void event(String kind, String port, String text);

    /** Something that a reader should know of, and that is none of the bridge's events. */
    default void say(String text) {
        event("note", null, text);
    }

    /** The state now. */
    void show(Bridge bridge);

    /** The totals since the start; the last thing that is shown. */
    void showTotals(Bridge bridge);

    @Override
    void close();
}
