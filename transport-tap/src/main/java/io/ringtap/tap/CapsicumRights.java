/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;

import java.io.IOException;

/**
 * Limits what a descriptor may be used for, see capsicum(4) and rights(4) of FreeBSD. Numbers and the layout of
 * cap_rights_t, a version in the two uppermost bits and an array of two, are from {@code sys/capsicum.h} and {@code
 * sys/caprights.h}. A right has bit 57 set if it belongs to the first element of the array, and bit 58 if it belongs to
 * the second.
 */
final class CapsicumRights {
    /** read(2), recv(2). */
    static final int READ = 1;
    /** write(2), writev(2). */
    static final int WRITE = 2;
    /** poll(2), and kevent(2) on the descriptor. */
    static final int EVENT = 4;
    /** ioctl(2), of the requests that are named. */
    static final int IOCTL = 8;

    private static final long FIRST = 1L << 57;
    private static final long SECOND = 1L << 58;
    private static final long CAP_READ = 0x1;
    private static final long CAP_WRITE = 0x2;
    private static final long CAP_EVENT = 0x20;
    private static final long CAP_IOCTL = 0x80;
    private static final int CAP_RIGHTS_SIZE = 2 * Long.BYTES;

    private CapsicumRights() {
    }

    /**
     * Limits a descriptor for good.
     *
     * @param rights {@link #READ} and others
     * @param requests of ioctl(2), if that is one of the rights
     */
    static void limit(DeviceCalls calls, int fd, int rights, long... requests) throws IOException {
        NativeMemory set = NativeMemory.allocate(CAP_RIGHTS_SIZE);
        NativeMemory commands = NativeMemory.allocate(Math.max(1, requests.length) * Long.BYTES);
        try {
            set.buffer()
                .putLong(0, FIRST | bit(rights, READ, CAP_READ) | bit(rights, WRITE, CAP_WRITE))
                .putLong(Long.BYTES, SECOND | bit(rights, EVENT, CAP_EVENT) | bit(rights, IOCTL, CAP_IOCTL));
            check("cap_rights_limit", calls.limitRights(fd, set));
            if ((rights & IOCTL) != 0) {
                for (int i = 0; i < requests.length; i++) {
                    commands.buffer().putLong(i * Long.BYTES, requests[i]);
                }
                check("cap_ioctls_limit", calls.limitIoctls(fd, commands));
            }
        } finally {
            set.free();
            commands.free();
        }
    }

    private static long bit(int rights, int right, long bit) {
        return (rights & right) == 0 ? 0 : bit;
    }

    private static void check(String call, int result) throws IOException {
        BsdLink.check(call, result, Errno.ENOSYS.is(result)
            ? "this kernel has no Capsicum: leave CAPSICUM unset" : null);
    }
}
