/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/**
 * The errno values that Ringtap acts on, and others that its system calls may give, so that messages can name them.
 * Their numbers differ between Linux, FreeBSD and macOS. From Linux {@code asm-generic/errno-base.h} and
 * {@code errno.h}, FreeBSD {@code sys/errno.h}, and macOS {@code sys/errno.h}.
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
    /** Not supported. */
    EOPNOTSUPP(95, 45, 102),
    /** Not supported, on macOS, where it is another error than {@link #EOPNOTSUPP}. */
    ENOTSUP(-1, -1, 45),
    /** No buffer space. */
    ENOBUFS(105, 55),
    /** The network is down. */
    ENETDOWN(100, 50),
    /** The host is down. A tap of FreeBSD that has nothing to read answers EAGAIN, also while it is down. */
    EHOSTDOWN(112, 64),
    /** On a tun descriptor: no interface is attached, as it was deleted or never was. Linux only. */
    EBADFD(77, -1),
    /** A pipe or a socket that nobody reads any more. */
    EPIPE(32, 32),
    /** Withdrawn before it was done. */
    ECANCELED(125, 85, 89),
    /** Out of range. */
    ERANGE(34, 34),
    /** Too many arguments, or a message that is too long for its call. */
    E2BIG(7, 7),
    /** A part of a path is no directory. */
    ENOTDIR(20, 20),
    /** A directory. */
    EISDIR(21, 21),
    /** Too many open files in the system. */
    ENFILE(23, 23),
    /** No space left on the device. */
    ENOSPC(28, 28),
    /** A file system that cannot be written. */
    EROFS(30, 30),
    /** A lock would wait for itself. */
    EDEADLK(35, 11),
    /** A name is too long. */
    ENAMETOOLONG(36, 63),
    /** No such system call here. */
    ENOSYS(38, 78),
    /** Too many symbolic links. */
    ELOOP(40, 62),
    /** A value does not fit its type. */
    EOVERFLOW(75, 84),
    /** A protocol was violated. */
    EPROTO(71, 92, 100),
    /** Not a socket. */
    ENOTSOCK(88, 38),
    /** No peer is named. */
    EDESTADDRREQ(89, 39),
    /** Of another type than the one that was asked for. */
    EPROTOTYPE(91, 41),
    /** No such option of a socket. */
    ENOPROTOOPT(92, 42),
    /** No such protocol. */
    EPROTONOSUPPORT(93, 43),
    /** No such protocol family. */
    EPFNOSUPPORT(96, 46),
    /** No such address family: on a TUN device, the packet is of another one. */
    EAFNOSUPPORT(97, 47),
    /** The address is in use. */
    EADDRINUSE(98, 48),
    /** The address is not one of this machine or of this interface. */
    EADDRNOTAVAIL(99, 49),
    /** There is no route to the network. */
    ENETUNREACH(101, 51),
    /** The connection was aborted. */
    ECONNABORTED(103, 53),
    /** The peer has reset the connection. */
    ECONNRESET(104, 54),
    /** Connected already. */
    EISCONN(106, 56),
    /** Not connected. */
    ENOTCONN(107, 57),
    /** Not in time. */
    ETIMEDOUT(110, 60),
    /** Nobody listens there. */
    ECONNREFUSED(111, 61),
    /** There is no route to the host. */
    EHOSTUNREACH(113, 65),
    /** Under way already. */
    EALREADY(114, 37),
    /** Under way. */
    EINPROGRESS(115, 36),
    /** The rights of a descriptor do not cover the call, see capsicum(4). FreeBSD only. */
    ENOTCAPABLE(-1, 93, -1),
    /** Not allowed in capability mode, see capsicum(4). FreeBSD only. */
    ECAPMODE(-1, 94, -1);

    private final int linuxNumber;
    private final int freeBsdNumber;
    private final int macOsNumber;

    Errno(int linux, int bsd) {
        this(linux, bsd, bsd);
    }

    Errno(int linux, int freeBsd, int macOs) {
        linuxNumber = linux;
        freeBsdNumber = freeBsd;
        macOsNumber = macOs;
    }

    /** The number on the operating system that calls go to, -1 if it has none. */
    public int number() {
        return numberOn(OperatingSystem.current());
    }

    /** The number on an operating system, whatever calls go to; -1 if it has none. */
    int numberOn(OperatingSystem system) {
        return switch (system) {
            case LINUX -> linuxNumber;
            case MACOS -> macOsNumber;
            default -> freeBsdNumber;
        };
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
