/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Tells the JDK's Flight Recorder which ports come and go; loaded only where there is one. */
final class FlightRecordListener implements BridgeListener {
    private FlightRecordListener() {
    }

    /** A listener that does nothing where the module jdk.jfr is missing, as it may in a run-time image. */
    static BridgeListener ofThisJvm() {
        try {
            Class.forName("jdk.jfr.Event");
            return new FlightRecordListener();
        } catch (ClassNotFoundException | LinkageError missing) {
            return new BridgeListener() { };
        }
    }

    @Override
    public void portOpened(BridgePort port) {
        PortOpenEvent event = new PortOpenEvent();
        if (event.shouldCommit()) {
            event.port = port.name();
            event.commit();
        }
    }

    @Override
    public void portGone(BridgePort port, Throwable cause) {
        PortGoneEvent event = new PortGoneEvent();
        if (event.shouldCommit()) {
            event.port = port.name();
            event.cause = cause == null ? null : cause.toString();
            event.commit();
        }
    }

    /** A port has joined. */
    @Name("io.ringtap.BridgePortOpen")
    @Label("Bridge Port Open")
    @Description("A port has become part of a bridge")
    @Category("Ringtap")
    @StackTrace(false)
    static final class PortOpenEvent extends Event {
        @Label("Port")
        private String port;
    }

    /** A port has left. */
    @Name("io.ringtap.BridgePortGone")
    @Label("Bridge Port Gone")
    @Description("A port is no part of its bridge any more; without a cause if it was removed or closed")
    @Category("Ringtap")
    @StackTrace(false)
    static final class PortGoneEvent extends Event {
        @Label("Port")
        private String port;
        @Label("Cause")
        private String cause;
    }
}
