/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

/**
 * The C library, in the manner of the kernel: a call returns a result of 0 or more, or a negative error number of the
 * operating system behind it, so that no error can be lost between a call and the look at it. Addresses are those of
 * this process. It may be replaced by {@link Platform#install}; the rest of Ringtap calls it through {@link
 * SystemCalls}. Any thread may call.
 */
public interface LibC {
    /** open(2), without the mode: Ringtap creates no files. */
    int open(String path, int flags);

    /** close(2). */
    int close(int fd);

    /** read(2). */
    long read(int fd, long address, long length);

    /** write(2). */
    long write(int fd, long address, long length);

    /** writev(2): {@code address} is that of {@code count} struct iovec. */
    long writev(int fd, long address, int count);

    /** ioctl(2) whose argument is a number or the address of a struct. */
    int ioctl(int fd, long request, long argument);

    /** fcntl(2) with an integer argument. */
    int fcntl(int fd, int command, long argument);

    /** socket(2). */
    int socket(int domain, int type, int protocol);

    /** bind(2): {@code address} is that of a struct sockaddr. */
    int bind(int fd, long address, long length);

    /** connect(2): {@code address} is that of a struct sockaddr. */
    int connect(int fd, long address, long length);

    /** listen(2). */
    int listen(int fd, int backlog);

    /** accept(2), without the address of the peer. */
    int accept(int fd, long address, long length);

    /** fchmod(2). */
    int fchmod(int fd, int mode);

    /** getsockopt(2): {@code value} is the address of the option, {@code length} that of a socklen_t. */
    int getsockopt(int fd, int level, int option, long value, long length);

    /** setsockopt(2): {@code value} is the address of the option. */
    int setsockopt(int fd, int level, int option, long value, long length);

    /** send(2). */
    long send(int fd, long address, long length, int flags);

    /** recv(2). */
    long recv(int fd, long address, long length, int flags);

    /** recvmsg(2): {@code message} is the address of a struct msghdr. */
    long recvmsg(int fd, long message, int flags);

    /** recvmmsg(2) without a timeout, Linux: {@code messages} is the address of {@code count} struct mmsghdr. */
    int recvmmsg(int fd, long messages, int count, int flags);

    /** sendmmsg(2), Linux: {@code messages} is the address of {@code count} struct mmsghdr. */
    int sendmmsg(int fd, long messages, int count, int flags);

    /** sendmsg(2): {@code message} is the address of a struct msghdr. */
    long sendmsg(int fd, long message, int flags);

    /** getsockname(2): {@code address} is that of a struct sockaddr, {@code length} that of a socklen_t. */
    int getsockname(int fd, long address, long length);

    /** pipe(2): {@code descriptors} is the address of two ints. */
    int pipe(long descriptors);

    /** socketpair(2): {@code descriptors} is the address of two ints. */
    int socketpair(int domain, int type, int protocol, long descriptors);

    /** eventfd(2), Linux. */
    int eventfd(int initial, int flags);

    /** memfd_create(2), Linux. */
    int memfdCreate(String name, int flags);

    /** ftruncate(2). */
    int ftruncate(int fd, long length);

    /** lseek(2). */
    long lseek(int fd, long offset, int whence);

    /** poll(2): {@code address} is that of {@code count} struct pollfd. */
    int poll(long address, long count, int timeoutMillis);

    /** ppoll(2): {@code timespec} is the address of a struct timespec or 0; macOS has no such call. */
    int ppoll(long address, long count, long timespec, long signals);

    /** setns(2), Linux. */
    int setns(int fd, int type);

    /** unshare(2), Linux. */
    int unshare(int flags);

    /** cap_rights_limit(2), FreeBSD: {@code rights} is the address of a cap_rights_t. */
    int capRightsLimit(int fd, long rights);

    /** cap_ioctls_limit(2), FreeBSD: {@code commands} is the address of {@code count} unsigned longs. */
    int capIoctlsLimit(int fd, long commands, long count);

    /** bpf(2), Linux: {@code attributes} is the address of so many bytes of a union bpf_attr. */
    int bpf(int command, long attributes, int size);

    /** strerror(3). */
    String strerror(int errno);
}
