/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.examples.bridge.view.JsonLines;

import java.io.PrintStream;
import java.time.Instant;

/** Prints what happens and the counters as {@link JsonLines}. */
final class JsonReport implements Report {
    private final PrintStream out;

    JsonReport(PrintStream out) {
        this.out = out;
    }

    private static String now() {
        return BridgeReport.TIME.format(Instant.now());
    }

    @Override
    public void add(BridgePort port) {
        // All ports are in the counters.
    }

    @Override
    public void event(String kind, String port, String text) {
        print(JsonLines.event(now(), kind, port, text));
    }

    @Override
    public void show(Bridge bridge) {
        print(JsonLines.stats(now(), bridge));
    }

    @Override
    public void showTotals(Bridge bridge) {
        show(bridge);
    }

    private synchronized void print(String line) {
        out.println(line);
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
