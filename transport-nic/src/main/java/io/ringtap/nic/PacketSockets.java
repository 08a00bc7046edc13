/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.nic.link.PacketOptions;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;

/** Whether packet sockets can be opened here, and what to do if not. */
public final class PacketSockets {
    private PacketSockets() {
    }

    /** Whether a {@link PacketChannel} can be bound here by this process. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if packet sockets are not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("packet sockets are not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, and in its message what to do about it; {@code null} if packet sockets are available. */
    public static Throwable unavailabilityCause() {
        Throwable cause = systemCause();
        if (cause != null) {
            return cause;
        }
        try {
            SystemCalls.close(PacketOptions.openSocket());
            return null;
        } catch (IOException refused) {
            return refused;
        }
    }

    /**
     * Throws if this system has no packet sockets, whether or not this process may open one.
     *
     * @throws UnsupportedOperationException saying why
     */
    static void requireSystem() {
        Throwable cause = systemCause();
        if (cause != null) {
            throw new UnsupportedOperationException("packet sockets are not available: " + cause.getMessage(), cause);
        }
    }

    private static Throwable systemCause() {
        if (!OperatingSystem.isLinux()) {
            return new UnsupportedOperationException("only Linux has packet sockets, and this is "
                + OperatingSystem.current());
        }
        try {
            SystemCalls.load();
            return null;
        } catch (LinkageError | RuntimeException e) {
            return new UnsupportedOperationException("jnr-ffi cannot reach the C library of "
                + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + ": " + e, e);
        }
    }
}
