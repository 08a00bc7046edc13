/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/**
 * The errno values that Ringtap acts on, by name: their numbers differ between Linux and the BSDs. From Linux
 * {@code asm-generic/errno-base.h} and {@code errno.h}, FreeBSD {@code sys/errno.h}, and macOS {@code sys/errno.h}.
 */
public enum Errno {
    /** Not permitted. */
    EPERM(1, 1),
    /** No such file. */
    ENOENT(2, 2),
    /** Interrupted by a signal. */
    EINTR(4, 4),
    /** On a tap: the interface is down. */
    EIO(5, 5),
    /** No such device or address. */
    ENXIO(6, 6),
    /** Bad descriptor. */
    EBADF(9, 9),
    /** Try again later. */
    EAGAIN(11, 35),
    /** No memory. */
    ENOMEM(12, 12),
    /** Access denied. */
    EACCES(13, 13),
    /** Bad address. */
    EFAULT(14, 14),
    /** In use. */
    EBUSY(16, 16),
    /** Exists already. */
    EEXIST(17, 17),
    /** No such device. */
    ENODEV(19, 19),
    /** Refused as invalid. */
    EINVAL(22, 22),
    /** Too many descriptors in this process. */
    EMFILE(24, 24),
    /** No such ioctl here. */
    ENOTTY(25, 25),
    /** The message is too long. */
    EMSGSIZE(90, 40),
    /** There is no such option of a socket. */
    ENOPROTOOPT(92, 42),
    /** Not supported. */
    EOPNOTSUPP(95, 45),
    /** There are no sockets of that family. */
    EAFNOSUPPORT(97, 47),
    /** No buffer space. */
    ENOBUFS(105, 55),
    /** The network is down. */
    ENETDOWN(100, 50),
    /** The host is down: what a FreeBSD tap answers before it is ready. */
    EHOSTDOWN(112, 64),
    /** On a tun descriptor: no interface is attached, as it was deleted or never was. Linux only. */
    EBADFD(77, -1),
    /** A pipe or a socket that nobody reads any more. */
    EPIPE(32, 32),
    /** Withdrawn before it was done. */
    ECANCELED(125, 85),
    /** Out of range. */
    ERANGE(34, 34);

    private final int linuxNumber;
    private final int bsdNumber;

    Errno(int linux, int bsd) {
        linuxNumber = linux;
        bsdNumber = bsd;
    }

    /** The number on the operating system that calls go to, -1 if it has none. */
    public int number() {
        return OperatingSystem.isLinux() ? linuxNumber : bsdNumber;
    }

    /** The number on the BSDs, whatever this operating system is; -1 if they have none. */
    int bsdNumber() {
        return bsdNumber;
    }

    /** Whether a result of {@link SystemCalls}, negative on failure, is this error. */
    public boolean is(long result) {
        int number = number();
        return result == -number && number > 0;
    }

    /** The name of an error number, such as {@code EBUSY}, or {@code errno 123}. */
    public static String nameOf(int number) {
        for (Errno errno : values()) {
            if (errno.number() == number) {
                return errno.name();
            }
        }
        return "errno " + number;
    }
}
