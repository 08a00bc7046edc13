/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.ringtap.internal.unix.Ioctl;

/**
 * Numbers of FreeBSD's tun and tap driver and of its interfaces, on a 64-bit system: from {@code net/if_tap.h}, {@code
 * net/if_tun.h}, {@code net/if.h}, {@code net/if_var.h}, {@code sys/sockio.h}, {@code sys/filio.h}, {@code
 * sys/socket.h} and {@code net/if_types.h}.
 */
final class FreeBsdTap {
    /** The directory of devfs: a device has the name of its interface there. */
    static final String DEVICES = "/dev/";

    /** {@code net/if.h}: the unions of struct ifreq start behind the name. */
    static final int IFREQ_SIZE = 32;
    static final int IFNAMSIZ = 16;
    static final int IFREQ_FLAGS = 16;
    static final int IFREQ_FLAGS_HIGH = 18;
    static final int IFREQ_MTU = 16;
    /** An unsigned short. */
    static final int IFREQ_INDEX = 16;
    /** When read, what the interface is able to do; when set, what it should do. */
    static final int IFREQ_REQCAP = 16;
    /** When read, what is switched on. */
    static final int IFREQ_CURCAP = 20;
    /** A struct sockaddr: here its length is that of the address alone. */
    static final int IFREQ_ADDR_LENGTH = 16;
    static final int IFREQ_ADDR_FAMILY = 17;
    static final int IFREQ_ADDR_DATA = 18;
    /** {@code net/if.h}: struct ifgroupreq is a name, an unsigned int and a pointer to names of groups. */
    static final int IFGROUPREQ_SIZE = 40;
    static final int IFGROUPREQ_LENGTH = 16;
    static final int IFGROUPREQ_GROUPS = 24;
    /** {@code net/if_tap.h}: struct tapinfo is an int, a short and two octets, the first of which is the type. */
    static final int TAPINFO_SIZE = 8;
    static final int TAPINFO_TYPE = 6;
    /** {@code net/if.h}: struct if_clonereq is two ints and a pointer. */
    static final int IF_CLONEREQ_SIZE = 16;
    static final int IF_CLONEREQ_COUNT = 4;
    static final int IF_CLONEREQ_BUFFER = 8;

    static final long TAPGIFINFO = Ioctl.bsdRead('t', 92, TAPINFO_SIZE);
    /** Also for TUN devices, since FreeBSD 13. */
    static final long TAPGIFNAME = Ioctl.bsdRead('t', 93, IFREQ_SIZE);
    /** {@code net/if_tun.h}: whether the address family stands in front of each packet; without it there is no IPv6. */
    static final long TUNSIFHEAD = Ioctl.bsdWrite('t', 96, Integer.BYTES);
    static final long TUNGIFHEAD = Ioctl.bsdRead('t', 97, Integer.BYTES);
    static final long TAPSVNETHDR = Ioctl.bsdWrite('t', 91, Integer.BYTES);
    static final long TAPGVNETHDR = Ioctl.bsdRead('t', 94, Integer.BYTES);
    /** On the device: the length of the next frame, address family included, without its vnet header; 0 if none. */
    static final long FIONREAD = Ioctl.bsdRead('f', 127, Integer.BYTES);
    /** On the tap, unlike on a socket: the driver writes the 6 octets that the interface's address had at open. */
    static final long SIOCGIFADDR = Ioctl.bsdReadWrite('i', 33, IFREQ_SIZE);
    static final long SIOCSIFFLAGS = Ioctl.bsdWrite('i', 16, IFREQ_SIZE);
    static final long SIOCGIFFLAGS = Ioctl.bsdReadWrite('i', 17, IFREQ_SIZE);
    static final long SIOCGIFINDEX = Ioctl.bsdReadWrite('i', 32, IFREQ_SIZE);
    static final long SIOCSIFCAP = Ioctl.bsdWrite('i', 30, IFREQ_SIZE);
    static final long SIOCGIFCAP = Ioctl.bsdReadWrite('i', 31, IFREQ_SIZE);
    static final long SIOCGIFMTU = Ioctl.bsdReadWrite('i', 51, IFREQ_SIZE);
    static final long SIOCSIFMTU = Ioctl.bsdWrite('i', 52, IFREQ_SIZE);
    static final long SIOCSIFLLADDR = Ioctl.bsdWrite('i', 60, IFREQ_SIZE);
    static final long SIOCIFGCLONERS = Ioctl.bsdReadWrite('i', 120, IF_CLONEREQ_SIZE);

    static final long SIOCGIFGROUP = Ioctl.bsdReadWrite('i', 136, IFGROUPREQ_SIZE);

    /** {@code net/if_var.h}: IF_MINMTU, the same on macOS. */
    static final int MIN_MTU = 72;

    static final int IFF_UP = 0x1;
    /** What a user asks for; the kernel's own IFF_PROMISC cannot be set. */
    static final int IFF_PPROMISC = 0x20000;

    static final int IFCAP_TXCSUM = 0x2;
    static final int IFCAP_TSO4 = 0x100;
    static final int IFCAP_TSO6 = 0x200;
    static final int IFCAP_TXCSUM_IPV6 = 0x400000;

    /** {@code net/if_types.h}. */
    static final int IFT_ETHER = 6;
    static final int IFT_PPP = 23;

    /** {@code sys/socket.h}. */
    static final int AF_LOCAL = 1;
    static final int PF_ROUTE = 17;
    static final int AF_LINK = 18;
    static final int AF_INET6 = 28;
    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x1000_0000;
    static final int SOCK_NONBLOCK = 0x2000_0000;
    static final int SOL_SOCKET = 0xffff;
    /** Since FreeBSD 14: a read says ENOBUFS if messages were lost. */
    static final int SO_RERROR = 0x2_0000;
    static final int MSG_PEEK = 0x2;

    private FreeBsdTap() {
    }
}
