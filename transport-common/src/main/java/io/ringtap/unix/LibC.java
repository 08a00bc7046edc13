/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.unix;

import jnr.ffi.annotations.Variadic;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.u_int32_t;

/**
 * The C library as jnr-ffi sees it: one method a function, with addresses as numbers. A call returns what C returns and
 * leaves errno with jnr-ffi; {@link SystemCalls} is the face that the rest of Ringtap calls.
 */
public interface LibC {
    /** open(2), without the mode: Ringtap creates no files. */
    int open(CharSequence path, int flags);

    /** close(2). */
    int close(int fd);

    /** read(2). */
    @ssize_t long read(int fd, @intptr_t long address, @size_t long length);

    /** write(2). */
    @ssize_t long write(int fd, @intptr_t long address, @size_t long length);

    /** writev(2): {@code address} is that of {@code count} struct iovec. */
    @ssize_t long writev(int fd, @intptr_t long address, int count);

    /** ioctl(2) whose argument is a number or the address of a struct. */
    @Variadic(fixedCount = 2)
    int ioctl(int fd, @size_t long request, @intptr_t long argument);

    /** fcntl(2) with an integer argument. */
    @Variadic(fixedCount = 2)
    int fcntl(int fd, int command, @intptr_t long argument);

    /** socket(2). */
    int socket(int domain, int type, int protocol);

    /** bind(2): {@code address} is that of a struct sockaddr. */
    int bind(int fd, @intptr_t long address, @u_int32_t long length);

    /** connect(2): {@code address} is that of a struct sockaddr. */
    int connect(int fd, @intptr_t long address, @u_int32_t long length);

    /** getsockopt(2): {@code value} is the address of the option, {@code length} that of a socklen_t. */
    int getsockopt(int fd, int level, int option, @intptr_t long value, @intptr_t long length);

    /** send(2). */
    @ssize_t long send(int fd, @intptr_t long address, @size_t long length, int flags);

    /** recv(2). */
    @ssize_t long recv(int fd, @intptr_t long address, @size_t long length, int flags);

    /** pipe(2): {@code descriptors} is the address of two ints. */
    int pipe(@intptr_t long descriptors);

    /** socketpair(2): {@code descriptors} is the address of two ints. */
    int socketpair(int domain, int type, int protocol, @intptr_t long descriptors);

    /** poll(2): {@code address} is that of {@code count} struct pollfd. */
    int poll(@intptr_t long address, @size_t long count, int timeoutMillis);

    /** ppoll(2): {@code timespec} is the address of a struct timespec or 0; macOS has no such call. */
    int ppoll(@intptr_t long address, @size_t long count, @intptr_t long timespec, @intptr_t long signals);

    /** setns(2), Linux. */
    int setns(int fd, int type);

    /** unshare(2), Linux. */
    int unshare(int flags);

    /** strerror(3). */
    String strerror(int errno);
}
