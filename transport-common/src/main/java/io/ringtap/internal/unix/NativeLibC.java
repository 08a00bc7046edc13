/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.Variadic;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int32_t;

/** The C library of this process, through jnr-ffi. */
final class NativeLibC implements LibC {
    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    private static final long BPF_X86_64 = 321;
    private static final long BPF_GENERIC = 280;

    /**
     * The functions as jnr-ffi sees them, which return what C returns and leave errno with jnr-ffi; public for the
     * class that it generates.
     */
    public interface Functions {
        int open(CharSequence path, int flags);

        int close(int fd);

        @ssize_t long read(int fd, @intptr_t long address, @size_t long length);

        @ssize_t long write(int fd, @intptr_t long address, @size_t long length);

        @ssize_t long writev(int fd, @intptr_t long address, int count);

        @Variadic(fixedCount = 2)
        int ioctl(int fd, @size_t long request, @intptr_t long argument);

        @Variadic(fixedCount = 2)
        int fcntl(int fd, int command, @intptr_t long argument);

        int socket(int domain, int type, int protocol);

        int bind(int fd, @intptr_t long address, @u_int32_t long length);

        int connect(int fd, @intptr_t long address, @u_int32_t long length);

        int listen(int fd, int backlog);

        int accept(int fd, @intptr_t long address, @intptr_t long length);

        int fchmod(int fd, int mode);

        int getsockopt(int fd, int level, int option, @intptr_t long value, @intptr_t long length);

        int setsockopt(int fd, int level, int option, @intptr_t long value, @u_int32_t long length);

        @ssize_t long send(int fd, @intptr_t long address, @size_t long length, int flags);

        @ssize_t long recv(int fd, @intptr_t long address, @size_t long length, int flags);

        @ssize_t long recvmsg(int fd, @intptr_t long message, int flags);

        int recvmmsg(int fd, @intptr_t long messages, int count, int flags, @intptr_t long timeout);

        int sendmmsg(int fd, @intptr_t long messages, int count, int flags);

        @ssize_t long sendmsg(int fd, @intptr_t long message, int flags);

        int getsockname(int fd, @intptr_t long address, @intptr_t long length);

        int pipe(@intptr_t long descriptors);

        int socketpair(int domain, int type, int protocol, @intptr_t long descriptors);

        int eventfd(int initial, int flags);

        int memfd_create(CharSequence name, int flags);

        int ftruncate(int fd, @off_t long length);

        @off_t long lseek(int fd, @off_t long offset, int whence);

        int poll(@intptr_t long address, @size_t long count, int timeoutMillis);

        int ppoll(@intptr_t long address, @size_t long count, @intptr_t long timespec, @intptr_t long signals);

        int setns(int fd, int type);

        int unshare(int flags);

        int cap_rights_limit(int fd, @intptr_t long rights);

        int cap_ioctls_limit(int fd, @intptr_t long commands, @size_t long count);

        @Variadic(fixedCount = 1)
        @intptr_t long syscall(@intptr_t long number, int first, @intptr_t long second, int third);

        String strerror(int errno);
    }

    /** Loaded at the first call, so that looking at the class costs no native library. */
    private static final class Holder {
        static final Functions FUNCTIONS = LibraryLoader.create(Functions.class)
            .option(LibraryOption.LoadNow, Boolean.TRUE)
            .load("c");
        static final Runtime RUNTIME = Runtime.getRuntime(FUNCTIONS);
    }

    /** Loads the C library, or throws a {@link LinkageError} if jnr-ffi finds no native part for this platform. */
    static Runtime runtime() {
        return Holder.RUNTIME;
    }

    private static long result(long result) {
        return result < 0 ? -Holder.RUNTIME.getLastError() : result;
    }

    private static int result(int result) {
        return result < 0 ? -Holder.RUNTIME.getLastError() : result;
    }

    @Override
    public int open(String path, int flags) {
        return result(Holder.FUNCTIONS.open(path, flags));
    }

    @Override
    public int close(int fd) {
        return result(Holder.FUNCTIONS.close(fd));
    }

    @Override
    public long read(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.read(fd, address, length));
    }

    @Override
    public long write(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.write(fd, address, length));
    }

    @Override
    public long writev(int fd, long address, int count) {
        return result(Holder.FUNCTIONS.writev(fd, address, count));
    }

    @Override
    public int ioctl(int fd, long request, long argument) {
        return result(Holder.FUNCTIONS.ioctl(fd, request, argument));
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return result(Holder.FUNCTIONS.fcntl(fd, command, argument));
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        return result(Holder.FUNCTIONS.socket(domain, type, protocol));
    }

    @Override
    public int bind(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.bind(fd, address, length));
    }

    @Override
    public int connect(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.connect(fd, address, length));
    }

    @Override
    public int listen(int fd, int backlog) {
        return result(Holder.FUNCTIONS.listen(fd, backlog));
    }

    @Override
    public int accept(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.accept(fd, address, length));
    }

    @Override
    public int fchmod(int fd, int mode) {
        return result(Holder.FUNCTIONS.fchmod(fd, mode));
    }

    @Override
    public int getsockopt(int fd, int level, int option, long value, long length) {
        return result(Holder.FUNCTIONS.getsockopt(fd, level, option, value, length));
    }

    @Override
    public int setsockopt(int fd, int level, int option, long value, long length) {
        return result(Holder.FUNCTIONS.setsockopt(fd, level, option, value, length));
    }

    @Override
    public long send(int fd, long address, long length, int flags) {
        return result(Holder.FUNCTIONS.send(fd, address, length, flags));
    }

    @Override
    public long recv(int fd, long address, long length, int flags) {
        return result(Holder.FUNCTIONS.recv(fd, address, length, flags));
    }

    @Override
    public long recvmsg(int fd, long message, int flags) {
        return result(Holder.FUNCTIONS.recvmsg(fd, message, flags));
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags) {
        return result(Holder.FUNCTIONS.recvmmsg(fd, messages, count, flags, 0));
    }

    @Override
    public int sendmmsg(int fd, long messages, int count, int flags) {
        return result(Holder.FUNCTIONS.sendmmsg(fd, messages, count, flags));
    }

    @Override
    public long sendmsg(int fd, long message, int flags) {
        return result(Holder.FUNCTIONS.sendmsg(fd, message, flags));
    }

    @Override
    public int getsockname(int fd, long address, long length) {
        return result(Holder.FUNCTIONS.getsockname(fd, address, length));
    }

    @Override
    public int pipe(long descriptors) {
        return result(Holder.FUNCTIONS.pipe(descriptors));
    }

    @Override
    public int socketpair(int domain, int type, int protocol, long descriptors) {
        return result(Holder.FUNCTIONS.socketpair(domain, type, protocol, descriptors));
    }

    @Override
    public int eventfd(int initial, int flags) {
        return result(Holder.FUNCTIONS.eventfd(initial, flags));
    }

    @Override
    public int memfdCreate(String name, int flags) {
        return result(Holder.FUNCTIONS.memfd_create(name, flags));
    }

    @Override
    public int ftruncate(int fd, long length) {
        return result(Holder.FUNCTIONS.ftruncate(fd, length));
    }

    @Override
    public long lseek(int fd, long offset, int whence) {
        return result(Holder.FUNCTIONS.lseek(fd, offset, whence));
    }

    @Override
    public int poll(long address, long count, int timeoutMillis) {
        return result(Holder.FUNCTIONS.poll(address, count, timeoutMillis));
    }

    @Override
    public int ppoll(long address, long count, long timespec, long signals) {
        return result(Holder.FUNCTIONS.ppoll(address, count, timespec, signals));
    }

    @Override
    public int setns(int fd, int type) {
        return result(Holder.FUNCTIONS.setns(fd, type));
    }

    @Override
    public int unshare(int flags) {
        return result(Holder.FUNCTIONS.unshare(flags));
    }

    @Override
    public int capRightsLimit(int fd, long rights) {
        return result(Holder.FUNCTIONS.cap_rights_limit(fd, rights));
    }

    @Override
    public int capIoctlsLimit(int fd, long commands, long count) {
        return result(Holder.FUNCTIONS.cap_ioctls_limit(fd, commands, count));
    }

    @Override
    public int bpf(int command, long attributes, int size) {
        // It has no function of its own in the C library; the numbers are those of asm/unistd.h.
        return (int) result(Holder.FUNCTIONS.syscall(X86_64 ? BPF_X86_64 : BPF_GENERIC, command, attributes, size));
    }

    @Override
    public String strerror(int errno) {
        return Holder.FUNCTIONS.strerror(errno);
    }
}
