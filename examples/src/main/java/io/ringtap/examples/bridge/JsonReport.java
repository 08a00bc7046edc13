/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge;

import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.JsonLines;

import java.io.PrintStream;
import java.time.Instant;

/** Prints what happens and the counters as {@link JsonLines}. */
final class JsonReport implements Report {
    private final PrintStream out;
    /** Counts the time from its beginning on. */
    private BridgeView view;

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
    public synchronized void begin(Bridge bridge) {
        view = new BridgeView(bridge);
    }

    @Override
    public synchronized void show(Bridge bridge) {
        if (view == null) {
            begin(bridge);
        }
        print(JsonLines.stats(now(), view));
    }

    @Override
    public synchronized void showTotals(Bridge bridge) {
        if (view != null) {
            view.forget();
        }
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
