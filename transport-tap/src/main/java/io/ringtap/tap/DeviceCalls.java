/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.ringtap.internal.unix.IovecArray;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;

/**
 * The system calls that the taps and TUN devices of FreeBSD and macOS are driven by, each with a result of 0 or more
 * or a negative error number. A test plays the kernel behind them, where there is no such kernel.
 */
interface DeviceCalls {
    /** open(2). */
    int open(String path, int flags);

    /** close(2). */
    int close(int fd);

    /** socket(2). */
    int socket(int domain, int type, int protocol);

    /** connect(2) to the struct sockaddr in {@code address}. */
    int connect(int fd, NativeMemory address);

    /** getsockopt(2) into {@code value}; the length that it has there, or a negative error number. */
    int getsockopt(int fd, int level, int option, NativeMemory value);

    /** setsockopt(2) of the struct in {@code value}. */
    int setsockopt(int fd, int level, int option, NativeMemory value);

    /** recv(2) of one message. */
    long recv(int fd, NativeMemory into, int flags);

    /** cap_rights_limit(2) to the cap_rights_t in {@code rights}. */
    int limitRights(int fd, NativeMemory rights);

    /** cap_ioctls_limit(2) to {@code requests}, of 8 bytes each. */
    int limitIoctls(int fd, NativeMemory requests);

    /** Sets O_NONBLOCK. */
    int setNonBlocking(int fd);

    /** ioctl(2) whose argument is a struct. */
    int ioctl(int fd, long request, NativeMemory argument);

    /** read(2) into the writable bytes of a direct buffer of one part, whose indices stay. */
    long read(int fd, ByteBuf into);

    /** write(2) or writev(2) of the readable bytes of a frame, whose indices stay. */
    long write(int fd, ByteBuf frame);

    /** The calls of this system, for one device. */
    static DeviceCalls ofSystem() {
        return new DeviceCalls() {
            private final IovecArray vector = new IovecArray();

            @Override
            public int open(String path, int flags) {
                return SystemCalls.open(path, flags);
            }

            @Override
            public int close(int fd) {
                return SystemCalls.close(fd);
            }

            @Override
            public int socket(int domain, int type, int protocol) {
                return SystemCalls.socket(domain, type, protocol);
            }

            @Override
            public int connect(int fd, NativeMemory address) {
                return SystemCalls.connect(fd, address);
            }

            @Override
            public int getsockopt(int fd, int level, int option, NativeMemory value) {
                return SystemCalls.getsockopt(fd, level, option, value);
            }

            @Override
            public int setsockopt(int fd, int level, int option, NativeMemory value) {
                return SystemCalls.setsockopt(fd, level, option, value);
            }

            @Override
            public long recv(int fd, NativeMemory into, int flags) {
                return SystemCalls.recv(fd, into, flags);
            }

            @Override
            public int limitRights(int fd, NativeMemory rights) {
                return SystemCalls.capRightsLimit(fd, rights);
            }

            @Override
            public int limitIoctls(int fd, NativeMemory requests) {
                return SystemCalls.capIoctlsLimit(fd, requests);
            }

            @Override
            public int setNonBlocking(int fd) {
                return SystemCalls.setNonBlocking(fd);
            }

            @Override
            public int ioctl(int fd, long request, NativeMemory argument) {
                return SystemCalls.ioctl(fd, request, argument);
            }

            @Override
            public long read(int fd, ByteBuf into) {
                int room = into.writableBytes();
                return SystemCalls.read(fd, NativeMemory.addressOf(into, into.writerIndex(), room), room);
            }

            @Override
            public long write(int fd, ByteBuf frame) {
                return vector.write(fd, frame);
            }
        };
    }
}
