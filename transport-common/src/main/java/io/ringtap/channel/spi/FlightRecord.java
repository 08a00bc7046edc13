/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.ringtap.channel.DeviceEvent;

/**
 * What the JDK's Flight Recorder is told of one channel. Without the module jdk.jfr, which a run-time image may lack,
 * nobody is told. On the event loop.
 */
interface FlightRecord {
    /** For a JVM without a recorder. */
    FlightRecord NONE = new FlightRecord() { };

    /** For a channel, which may be under construction. */
    static FlightRecord of(AbstractFrameChannel channel) {
        return Recorder.IS_THERE ? new RecordedChannel(channel) : NONE;
    }

    /** The device is about to be opened. */
    default void opening() {
    }

    /**
     * The device is open, or will not be.
     *
     * @param failure why not; {@code null} if it is
     */
    default void opened(Throwable failure) {
    }

    /** A device that was open closes; it still has its name. */
    default void closing() {
    }

    /** Something has happened to the device. */
    default void event(DeviceEvent event) {
    }

    /** Whether there is a recorder. */
    final class Recorder {
        static final boolean IS_THERE = isThere();

        private Recorder() {
        }

        private static boolean isThere() {
            try {
                Class.forName("jdk.jfr.Event");
                return true;
            } catch (ClassNotFoundException | LinkageError missing) {
                return false;
            }
        }
    }
}
