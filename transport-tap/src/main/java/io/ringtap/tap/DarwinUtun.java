/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Ioctl;

/**
 * Numbers of macOS's utun devices: from {@code sys/kern_control.h}, {@code sys/sys_domain.h}, {@code net/if_utun.h} and
 * {@code sys/socket.h}. The requests for interfaces are the same as on FreeBSD.
 */
final class DarwinUtun {
    /** {@code sys/socket.h}. */
    static final int AF_INET = 2;
    static final int AF_INET6 = 30;
    static final int AF_SYSTEM = 32;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int PF_ROUTE = 17;

    /** {@code sys/sys_domain.h}. */
    static final int SYSPROTO_CONTROL = 2;
    static final int AF_SYS_CONTROL = 2;

    /** {@code net/if_utun.h}. */
    static final String UTUN_CONTROL_NAME = "com.apple.net.utun_control";
    static final int UTUN_OPT_IFNAME = 2;

    /** {@code sys/kern_control.h}: struct ctl_info is a number and a name of MAX_KCTL_NAME octets. */
    static final int CTL_INFO_SIZE = 4 + 96;
    static final int CTL_INFO_NAME = 4;
    static final long CTLIOCGINFO = Ioctl.bsdReadWrite('N', 3, CTL_INFO_SIZE);

    /** {@code sys/kern_control.h}: struct sockaddr_ctl. */
    static final int SOCKADDR_CTL_SIZE = 32;
    static final int SC_LEN = 0;
    static final int SC_FAMILY = 1;
    static final int SS_SYSADDR = 2;
    static final int SC_ID = 4;
    static final int SC_UNIT = 8;

    /** {@code net/if.h}. */
    static final int IFNAMSIZ = 16;

    private DarwinUtun() {
    }
}
