/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.nio.ByteOrder;

/** Whether guests can hand over their network cards here, and what to do if not. */
public final class Vhost {
    private Vhost() {
    }

    /** Whether a {@link VhostChannel} can be bound here by this process. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if vhost-user is not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("vhost-user is not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, and in its message what to do about it; {@code null} if vhost-user is available. */
    public static Throwable unavailabilityCause() {
        if (!OperatingSystem.isLinux() || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return new UnsupportedOperationException("vhost-user is for Linux on little-endian machines, and this is "
                + OperatingSystem.current() + " on " + System.getProperty("os.arch"));
        }
        try {
            SystemCalls.load();
        } catch (LinkageError | RuntimeException e) {
            return new UnsupportedOperationException("jnr-ffi cannot reach the C library of "
                + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + ": " + e, e);
        }
        int fd = SystemCalls.eventDescriptor();
        if (fd < 0) {
            return new SystemCallException("eventfd", -fd, "raise the limit of open files (ulimit -n)");
        }
        SystemCalls.close(fd);
        return null;
    }
}
