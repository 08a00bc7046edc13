/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

/** Whether a {@link VxlanChannel} can be opened here, and what to do if not. It needs no privilege. */
public final class Vxlan {
    private Vxlan() {
    }

    /** Whether a {@link VxlanChannel} can be bound here. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if VXLAN is not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("VXLAN is not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, and in its message what to do about it; {@code null} if VXLAN is available. */
    public static Throwable unavailabilityCause() {
        if (!OperatingSystem.isLinux()) {
            return new UnsupportedOperationException("its sockets use system calls that only Linux has, and this is "
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
