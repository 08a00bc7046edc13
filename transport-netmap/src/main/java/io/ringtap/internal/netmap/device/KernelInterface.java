/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.device;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.SystemCalls;

/**
 * Asks the kernel whether a network interface exists. The question goes to the kernel that netmap's calls go to, in the
 * network namespace of the calling thread.
 */
final class KernelInterface {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final long LINUX_SIOCGIFFLAGS = 0x8913;
    private static final long BSD_SIOCGIFFLAGS = 0xc020_6911L;
    /** Of Linux; that of the BSDs has 32 bytes. */
    private static final int IFREQ_SIZE = 40;
    private static final int NAME_SIZE = 16;

    private KernelInterface() {
    }

    /** Returns {@code false} only if the kernel says that there is no interface of this name. */
    static boolean mayExist(String name) {
        if (name.length() >= NAME_SIZE) {
            return false;
        }
        int socket = SystemCalls.socket(AF_INET, SOCK_DGRAM, 0);
        if (socket < 0) {
            return true;
        }
        try {
            NativeMemory request = NativeMemory.allocate(IFREQ_SIZE);
            request.putCString(0, name);
            int result = SystemCalls.ioctl(socket,
                OperatingSystem.isLinux() ? LINUX_SIOCGIFFLAGS : BSD_SIOCGIFFLAGS, request);
            // Linux answers with the first, the BSDs with the second.
            return !Errno.ENODEV.is(result) && !Errno.ENXIO.is(result);
        } finally {
            SystemCalls.close(socket);
        }
    }
}
