/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import jnr.ffi.Runtime;

import java.lang.ref.Reference;

/**
 * System calls in the manner of the kernel: a result of 0 or more, or a negative error number. So an EAGAIN on a hot
 * path makes no exception, and errno cannot be lost between a call and the look at it. Any thread may call.
 *
 * <p>A block of {@link NativeMemory} that is handed over as such is not collected before the call has returned. Of an
 * address, and of what a struct points at, the caller has to see to that.
 */
public final class SystemCalls {
    /** open(2): read and write. */
    public static final int O_RDWR = 2;
    /** open(2): read only. */
    public static final int O_RDONLY = 0;
    /** open(2): do not block. The number is Linux's, as the next one; {@link #open} knows those of other systems. */
    public static final int O_NONBLOCK = 0x800;
    /** open(2): close when another program is executed. */
    public static final int O_CLOEXEC = 0x80000;

    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_HUGETLB = 4;
    private static final int SEEK_END = 2;
    private static final int AF_UNIX = 1;
    private static final long MAX_POLL_SECONDS = Integer.MAX_VALUE / 1000 - 1;

    private SystemCalls() {
    }

    private static LibC libC() {
        return Platform.current().libC();
    }

    /**
     * Loads the C library of this JVM.
     *
     * @throws UnsatisfiedLinkError or another {@link LinkageError} if jnr-ffi finds no native part for this platform
     */
    public static void load() {
        runtime();
    }

    static Runtime runtime() {
        return NativeLibC.runtime();
    }

    /** open(2); the descriptor or a negative error number. */
    public static int open(String path, int flags) {
        int fd;
        do {
            fd = libC().open(path, OperatingSystem.current().openFlags(flags));
        } while (Errno.EINTR.is(fd));
        return fd;
    }

    /** close(2); never repeated: after EINTR the descriptor is gone on Linux and FreeBSD alike. */
    public static int close(int fd) {
        return libC().close(fd);
    }

    /** read(2) into native memory; the bytes read or a negative error number. */
    public static long read(int fd, long address, long length) {
        return libC().read(fd, address, length);
    }

    /** write(2) from native memory; the bytes written or a negative error number. */
    public static long write(int fd, long address, long length) {
        return libC().write(fd, address, length);
    }

    /** writev(2); the bytes written or a negative error number. */
    public static long writev(int fd, IovecArray vector) {
        try {
            return libC().writev(fd, vector.address(), vector.count());
        } finally {
            Reference.reachabilityFence(vector);
        }
    }

    /**
     * ioctl(2) with a number, or with the address of memory that the caller keeps reachable until it has returned; 0 or
     * more, or a negative error number.
     */
    public static int ioctl(int fd, long request, long argument) {
        return libC().ioctl(fd, request, argument);
    }

    /** ioctl(2) with a struct; 0 or more, or a negative error number. */
    public static int ioctl(int fd, long request, NativeMemory argument) {
        try {
            return libC().ioctl(fd, request, argument.address());
        } finally {
            Reference.reachabilityFence(argument);
        }
    }

    /** socket(2); the descriptor or a negative error number. */
    public static int socket(int domain, int type, int protocol) {
        return libC().socket(domain, type, protocol);
    }

    /** bind(2) to the struct sockaddr in {@code address}; 0 or a negative error number. */
    public static int bind(int fd, NativeMemory address) {
        try {
            return libC().bind(fd, address.address(), address.size());
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    /** connect(2) to the struct sockaddr in {@code address}; 0 or a negative error number. */
    public static int connect(int fd, NativeMemory address) {
        try {
            return libC().connect(fd, address.address(), address.size());
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    /** listen(2); 0 or a negative error number. */
    public static int listen(int fd, int backlog) {
        return libC().listen(fd, backlog);
    }

    /**
     * accept(2), for a socket that does not block and is closed when another program is executed.
     *
     * @return the descriptor or a negative error number
     */
    public static int accept(int fd) {
        int accepted = libC().accept(fd, 0, 0);
        return accepted < 0 ? accepted : prepared(accepted);
    }

    /**
     * socket(2), for a socket that does not block and is closed when another program is executed.
     *
     * @return the descriptor or a negative error number
     */
    public static int nonBlockingSocket(int domain, int type, int protocol) {
        int fd = libC().socket(domain, type, protocol);
        return fd < 0 ? fd : prepared(fd);
    }

    private static int prepared(int fd) {
        int failure = Math.min(libC().fcntl(fd, F_SETFD, FD_CLOEXEC), setNonBlocking(fd));
        if (failure < 0) {
            close(fd);
            return failure;
        }
        return fd;
    }

    /** fchmod(2); 0 or a negative error number. */
    public static int fchmod(int fd, int mode) {
        return libC().fchmod(fd, mode);
    }

    /** getsockopt(2) into {@code value}; the length that the option has there, or a negative error number. */
    public static int getsockopt(int fd, int level, int option, NativeMemory value) {
        return getsockopt(fd, level, option, value, NativeMemory.allocate(Integer.BYTES));
    }

    /** The same without an allocation: {@code length} is memory for a socklen_t. */
    public static int getsockopt(int fd, int level, int option, NativeMemory value, NativeMemory length) {
        length.buffer().putInt(0, value.size());
        try {
            int got = libC().getsockopt(fd, level, option, value.address(), length.address());
            return got < 0 ? got : length.buffer().getInt(0);
        } finally {
            Reference.reachabilityFence(value);
            Reference.reachabilityFence(length);
        }
    }

    /** setsockopt(2) of so many bytes at an address; 0 or a negative error number. */
    public static int setsockopt(int fd, int level, int option, long value, long length) {
        return libC().setsockopt(fd, level, option, value, length);
    }

    /** send(2); the bytes sent or a negative error number. */
    public static long send(int fd, long address, long length, int flags) {
        return libC().send(fd, address, length, flags);
    }

    /** recv(2); the bytes received or a negative error number. */
    public static long recv(int fd, long address, long length, int flags) {
        return libC().recv(fd, address, length, flags);
    }

    /** recvmsg(2) into the struct msghdr at an address; the bytes received or a negative error number. */
    public static long recvmsg(int fd, long message, int flags) {
        return libC().recvmsg(fd, message, flags);
    }

    /**
     * recvmmsg(2) into so many struct mmsghdr at an address, without a timeout; how many messages were received, or a
     * negative error number. Linux.
     */
    public static int recvmmsg(int fd, long messages, int count, int flags) {
        return libC().recvmmsg(fd, messages, count, flags);
    }

    /**
     * sendmmsg(2) of so many struct mmsghdr at an address; how many messages were sent from the first one on, or a
     * negative error number if none was. Linux.
     */
    public static int sendmmsg(int fd, long messages, int count, int flags) {
        return libC().sendmmsg(fd, messages, count, flags);
    }

    /** sendmsg(2) of the struct msghdr at an address; the bytes sent or a negative error number. */
    public static long sendmsg(int fd, long message, int flags) {
        return libC().sendmsg(fd, message, flags);
    }

    /**
     * eventfd(2) with a count of 0, which does not block and is closed when another program is executed. Linux.
     *
     * @return the descriptor or a negative error number
     */
    public static int eventDescriptor() {
        return libC().eventfd(0, O_NONBLOCK | O_CLOEXEC);
    }

    /**
     * memfd_create(2) of a file of no length, which closes when another program is executed and may be sealed. Linux.
     *
     * @param name for /proc
     * @return the descriptor or a negative error number
     */
    public static int memoryFile(String name) {
        return libC().memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }

    /** The same, in huge pages if wanted, which needs Linux 4.14, and may not be sealed. Linux. */
    public static int memoryFile(String name, boolean hugePages) {
        return libC().memfdCreate(name, MFD_CLOEXEC | (hugePages ? MFD_HUGETLB : 0));
    }

    /**
     * The seals of a file that is memory: of memfd_create(2), or on a tmpfs or hugetlbfs. Linux.
     *
     * @return a set of bits, or a negative error number; EINVAL if it is no such file
     */
    public static int seals(int fd) {
        return libC().fcntl(fd, F_GET_SEALS, 0);
    }

    /** Adds seals to a file that is memory; 0 or a negative error number. Linux. */
    public static int seal(int fd, int seals) {
        return libC().fcntl(fd, F_ADD_SEALS, seals);
    }

    /** ftruncate(2); 0 or a negative error number. */
    public static int truncate(int fd, long length) {
        return libC().ftruncate(fd, length);
    }

    /** The length in bytes of a file, or a negative error number; moves the position of the descriptor to the end. */
    public static long fileLength(int fd) {
        return libC().lseek(fd, 0, SEEK_END);
    }

    /** getsockname(2) into the struct sockaddr in {@code address}; 0 or a negative error number. */
    public static int getsockname(int fd, NativeMemory address) {
        NativeMemory length = NativeMemory.allocate(Integer.BYTES);
        length.buffer().putInt(0, address.size());
        try {
            return libC().getsockname(fd, address.address(), length.address());
        } finally {
            Reference.reachabilityFence(address);
            Reference.reachabilityFence(length);
        }
    }

    /**
     * pipe(2) whose two ends do not block and close when another program is executed.
     *
     * @param ends takes the descriptors: two ints, the end to read from and the end to write to
     * @return 0 or a negative error number
     */
    public static int pipe(NativeMemory ends) {
        try {
            int made = libC().pipe(ends.address());
            return made < 0 ? made : prepared(ends);
        } finally {
            Reference.reachabilityFence(ends);
        }
    }

    /**
     * socketpair(2) in the AF_UNIX domain, whose two ends do not block and close when another program is executed.
     *
     * @param type SOCK_STREAM is 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5
     * @param ends takes the descriptors: two ints
     * @return 0 or a negative error number
     */
    public static int socketPair(int type, NativeMemory ends) {
        try {
            int made = libC().socketpair(AF_UNIX, type, 0, ends.address());
            return made < 0 ? made : prepared(ends);
        } finally {
            Reference.reachabilityFence(ends);
        }
    }

    private static int prepared(NativeMemory ends) {
        int failure = 0;
        for (int end = 0; end < 2; end++) {
            int fd = ends.buffer().getInt(end * Integer.BYTES);
            failure = Math.min(failure, libC().fcntl(fd, F_SETFD, FD_CLOEXEC));
            failure = Math.min(failure, setNonBlocking(fd));
        }
        if (failure < 0) {
            close(ends.buffer().getInt(0));
            close(ends.buffer().getInt(Integer.BYTES));
        }
        return failure;
    }

    /**
     * ppoll(2) without a signal mask; on macOS, which lacks it, poll(2) with the time rounded up to milliseconds.
     *
     * @param entries so many struct pollfd: an int and two shorts each
     * @param timespec two longs, seconds and nanoseconds, or {@code null} to wait for ever
     * @return how many entries have events, or a negative error number
     */
    public static int poll(NativeMemory entries, int count, NativeMemory timespec) {
        if (OperatingSystem.isMacOs()) {
            return pollMillis(entries, count, timespec);
        }
        try {
            return libC().ppoll(entries.address(), count, timespec == null ? 0 : timespec.address(), 0);
        } finally {
            Reference.reachabilityFence(entries);
            Reference.reachabilityFence(timespec);
        }
    }

    static int pollMillis(NativeMemory entries, int count, NativeMemory timespec) {
        long millis = -1;
        if (timespec != null) {
            long seconds = timespec.buffer().getLong(0);
            long nanos = timespec.buffer().getLong(Long.BYTES);
            millis = Math.min(seconds, MAX_POLL_SECONDS) * 1000 + (nanos + 999_999) / 1_000_000;
        }
        try {
            return libC().poll(entries.address(), count, (int) millis);
        } finally {
            Reference.reachabilityFence(entries);
        }
    }

    /** setns(2): moves the calling thread, and it alone, into a namespace. 0 or a negative error number. Linux. */
    public static int setns(int fd, int type) {
        return libC().setns(fd, type);
    }

    /** unshare(2): gives the calling thread, and it alone, a new namespace. 0 or a negative error number. Linux. */
    public static int unshare(int flags) {
        return libC().unshare(flags);
    }

    /** cap_rights_limit(2) to the cap_rights_t in {@code rights}; 0 or a negative error number. FreeBSD. */
    public static int capRightsLimit(int fd, NativeMemory rights) {
        try {
            return libC().capRightsLimit(fd, rights.address());
        } finally {
            Reference.reachabilityFence(rights);
        }
    }

    /** cap_ioctls_limit(2) to {@code commands}, each of 8 bytes; 0 or a negative error number. FreeBSD. */
    public static int capIoctlsLimit(int fd, NativeMemory commands) {
        try {
            return libC().capIoctlsLimit(fd, commands.address(), commands.size() / Long.BYTES);
        } finally {
            Reference.reachabilityFence(commands);
        }
    }

    /** setsockopt(2) of a struct; 0 or a negative error number. */
    public static int setsockopt(int fd, int level, int option, NativeMemory value) {
        try {
            return libC().setsockopt(fd, level, option, value.address(), value.size());
        } finally {
            Reference.reachabilityFence(value);
        }
    }

    /** recv(2) into native memory; the bytes received or a negative error number. */
    public static long recv(int fd, NativeMemory into, int flags) {
        try {
            return libC().recv(fd, into.address(), into.size(), flags);
        } finally {
            Reference.reachabilityFence(into);
        }
    }

    /** bpf(2) with a union bpf_attr; 0 or more, or a negative error number. Linux. */
    public static int bpf(int command, NativeMemory attributes) {
        try {
            return libC().bpf(command, attributes.address(), attributes.size());
        } finally {
            Reference.reachabilityFence(attributes);
        }
    }

    /** Sets O_NONBLOCK on a descriptor; 0 or a negative error number. */
    public static int setNonBlocking(int fd) {
        int nonBlock = OperatingSystem.current().nonBlock();
        int flags = libC().fcntl(fd, F_GETFL, 0);
        if (flags < 0 || (flags & nonBlock) != 0) {
            return Math.min(flags, 0);
        }
        return libC().fcntl(fd, F_SETFL, flags | nonBlock);
    }

    /** What an error number means, in the words of this system's C library. */
    public static String describe(int errno) {
        return libC().strerror(errno);
    }

    /**
     * Turns a negative result into an exception.
     *
     * @param call the call and what it was called on, for the message
     * @return the result, if it is 0 or more
     * @throws SystemCallException if it is negative
     */
    public static int check(String call, int result) throws SystemCallException {
        if (result < 0) {
            throw new SystemCallException(call, -result, null);
        }
        return result;
    }
}
