/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */

/** A learning bridge between the ports of any transports. */
module io.ringtap.bridge {
    requires transitive io.ringtap.transport.common;
    // The Flight Recorder, which a run-time image may lack.
    requires static jdk.jfr;
    // For io.ringtap.bridge.metrics alone; applications that use it require it themselves.
    requires static micrometer.core;

    exports io.ringtap.bridge;
    exports io.ringtap.bridge.metrics;
}
