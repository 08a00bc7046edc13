/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.virtio.LinkLayer;

import java.io.IOException;

/**
 * Whether this machine has taps and TUN devices for this process. One driver makes both, except on macOS, where there
 * are no taps and a {@link TunChannel} can be opened all the same. Each call looks again, as a kernel module may have
 * been loaded meanwhile. Only {@code bind} finds out whether this user may create a device. On FreeBSD
 * it looks for taps only: since FreeBSD 13 one driver makes both there as well.
 */
public final class Tap {
    private Tap() {
    }

    /** Whether a {@link TapChannel} or a {@link TunChannel} can be opened here, if this user has the privilege. */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Throws if taps are not available.
     *
     * @throws UnsupportedOperationException with a cause that says what is missing and what to do
     */
    public static void ensureAvailability() {
        Throwable cause = unavailabilityCause();
        if (cause != null) {
            throw new UnsupportedOperationException("taps are not available: " + cause.getMessage(), cause);
        }
    }

    /** What is missing, and in its message what to do about it; {@code null} if taps are available. */
    public static Throwable unavailabilityCause() {
        if (!OperatingSystem.isLinux() && !OperatingSystem.isFreeBsd()) {
            return new UnsupportedOperationException("no tap device is known for "
                + OperatingSystem.current() + ": taps work on Linux and FreeBSD");
        }
        try {
            SystemCalls.load();
        } catch (LinkageError | RuntimeException e) {
            return new UnsupportedOperationException("jnr-ffi cannot reach the C library of "
                + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + ": " + e, e);
        }
        return OperatingSystem.isFreeBsd() ? FreeBsdTapOpener.unavailabilityCause(DeviceCalls.ofSystem())
            : linuxCause();
    }

    /**
     * What keeps this process from creating a device: what {@link #unavailabilityCause} says, or on Linux the
     * privilege, for which the kernel is asked; nothing is created. A device that root has made for this user can be
     * opened all the same. On FreeBSD and macOS the privilege shows in {@code bind} only.
     *
     * @param kind of taps, or of TUN devices
     * @return the cause, and in its message what to do about it; {@code null} if nothing does
     */
    public static Throwable creationFailure(LinkLayer kind) {
        TunKind device = kind == LinkLayer.ETHERNET ? TunKind.TAP : TunKind.TUN;
        if (device == TunKind.TUN && OperatingSystem.isMacOs()) {
            return null;
        }
        Throwable cause = unavailabilityCause();
        return cause != null || !OperatingSystem.isLinux() ? cause : LinuxTunOpener.creationRefusal(device);
    }

    private static Throwable linuxCause() {
        int fd = SystemCalls.open(LinuxTun.DEVICE_NODE, SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC);
        if (fd < 0) {
            return nodeFailure(fd);
        }
        try {
            NativeMemory features = NativeMemory.allocate(4);
            int result = SystemCalls.ioctl(fd, LinuxTun.TUNGETFEATURES, features);
            if (result < 0) {
                return new SystemCallException("ioctl(" + LinuxTun.DEVICE_NODE + ", TUNGETFEATURES)", -result,
                    "the node is not that of the tun driver: create it again with 'mknod /dev/net/tun c 10 200'");
            }
            if ((features.buffer().getInt(0) & LinuxTun.IFF_TAP) == 0) {
                return new IOException(LinuxTun.DEVICE_NODE + " has no taps in this kernel");
            }
            return null;
        } finally {
            SystemCalls.close(fd);
        }
    }

    static SystemCallException nodeFailure(int result) {
        String advice = null;
        if (Errno.ENOENT.is(result)) {
            advice = "there is no such node: load the driver with 'modprobe tun'; in a container, hand the node in with"
                + " '--device /dev/net/tun'";
        } else if (Errno.ENODEV.is(result) || Errno.ENXIO.is(result)) {
            advice = "the driver is not loaded: 'modprobe tun', or boot a kernel with CONFIG_TUN";
        } else if (Errno.EACCES.is(result) || Errno.EPERM.is(result)) {
            advice = "this user may not open the node: 'chmod 666 /dev/net/tun' is what distributions do; in a"
                + " container, hand it in with '--device /dev/net/tun'";
        }
        return new SystemCallException("open(" + LinuxTun.DEVICE_NODE + ")", -result, advice);
    }
}
