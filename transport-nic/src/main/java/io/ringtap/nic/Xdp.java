/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCallException;
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
        int fd = SystemCalls.socket(AfXdp.AF_XDP, AfPacket.SOCK_RAW | AfPacket.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return socketFailure(fd);
        }
        SystemCalls.close(fd);
        try {
            SystemCalls.close(BpfCalls.createSocketMap(1));
            return null;
        } catch (IOException refused) {
            return refused;
        }
    }

    static SystemCallException socketFailure(int error) {
        return new SystemCallException("socket(AF_XDP)", -error, Errno.EPERM.is(error)
            ? "an AF_XDP socket needs CAP_NET_RAW: run as root, or give java the capability"
            : Errno.EAFNOSUPPORT.is(error) ? "the kernel has no AF_XDP: boot one with CONFIG_XDP_SOCKETS" : null);
    }
}
