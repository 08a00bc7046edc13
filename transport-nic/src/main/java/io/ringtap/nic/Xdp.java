/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.nic.xdp.BpfCalls;
import io.ringtap.internal.nic.xdp.XdpSocket;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.nio.ByteOrder;

/** Whether AF_XDP sockets can be opened here, and what to do if not. */
public final class Xdp {
    private Xdp() {
    }

    /** Whether an {@link XdpChannel} can be bound here by this process. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if AF_XDP is not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("AF_XDP is not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, and in its message what to do about it; {@code null} if AF_XDP is available. */
    public static Throwable unavailabilityCause() {
        if (!OperatingSystem.isLinux() || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return new UnsupportedOperationException("AF_XDP is for Linux on little-endian machines, and this is "
                + OperatingSystem.current() + " on " + System.getProperty("os.arch"));
        }
        try {
            SystemCalls.load();
        } catch (LinkageError | RuntimeException e) {
            return new UnsupportedOperationException("jnr-ffi cannot reach the C library of "
                + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + ": " + e, e);
        }
        try {
            SystemCalls.close(XdpSocket.openSocket());
            SystemCalls.close(BpfCalls.createSocketMap(1));
            return null;
        } catch (IOException refused) {
            return refused;
        }
    }
}
