/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

/** Numbers of FreeBSD's system calls, from {@code sys/syscall.h}, and of what tests ask of them. */
public final class FreeBsdCalls {
    /** read(2). */
    public static final int READ = 3;
    /** write(2). */
    public static final int WRITE = 4;
    /** open(2). */
    public static final int OPEN = 5;
    /** close(2). */
    public static final int CLOSE = 6;
    /** recvmsg(2). */
    public static final int RECVMSG = 27;
    /** recvfrom(2). */
    public static final int RECVFROM = 29;
    /** accept(2). */
    public static final int ACCEPT = 30;
    /** getsockname(2). */
    public static final int GETSOCKNAME = 32;
    /** ioctl(2). */
    public static final int IOCTL = 54;
    /** fcntl(2). */
    public static final int FCNTL = 92;
    /** socket(2). */
    public static final int SOCKET = 97;
    /** connect(2). */
    public static final int CONNECT = 98;
    /** bind(2). */
    public static final int BIND = 104;
    /** setsockopt(2). */
    public static final int SETSOCKOPT = 105;
    /** listen(2). */
    public static final int LISTEN = 106;
    /** getsockopt(2). */
    public static final int GETSOCKOPT = 118;
    /** writev(2). */
    public static final int WRITEV = 121;
    /** fchmod(2). */
    public static final int FCHMOD = 124;
    /** sendto(2). */
    public static final int SENDTO = 133;
    /** socketpair(2). */
    public static final int SOCKETPAIR = 135;
    /** poll(2). */
    public static final int POLL = 209;
    /** kqueue(2). */
    public static final int KQUEUE = 362;
    /** cap_rights_limit(2). */
    public static final int CAP_RIGHTS_LIMIT = 533;
    /** cap_ioctls_limit(2). */
    public static final int CAP_IOCTLS_LIMIT = 534;
    /** pipe2(2). */
    public static final int PIPE2 = 542;
    /** ppoll(2). */
    public static final int PPOLL = 545;
    /** kevent(2), with 64-bit data. */
    public static final int KEVENT = 560;

    private FreeBsdCalls() {
    }
}
