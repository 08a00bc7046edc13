/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

/**
 * Numbers of UDP sockets on Linux; from {@code asm-generic/socket.h}, {@code linux/in.h}, {@code linux/in6.h}, {@code
 * linux/udp.h} and {@code linux/errqueue.h}.
 */
public final class Udp {
    /** Of sys/socket.h. */
    public static final int SOL_SOCKET = 1;
    /** Bytes that may wait to be sent. */
    public static final int SO_SNDBUF = 7;
    /** Bytes that may wait to be received. */
    public static final int SO_RCVBUF = 8;
    /** {@link #SO_SNDBUF} beyond the limit of the system; needs CAP_NET_ADMIN. */
    public static final int SO_SNDBUFFORCE = 32;
    /** {@link #SO_RCVBUF} beyond the limit of the system; needs CAP_NET_ADMIN. */
    public static final int SO_RCVBUFFORCE = 33;

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_DGRAM = 2;
    static final int SO_REUSEADDR = 2;
    static final int SO_ERROR = 4;
    static final int SO_NO_CHECK = 11;
    static final int SO_MEMINFO = 55;
    /** SK_MEMINFO_DROPS, an index of u32. */
    static final int MEMINFO_DROPS = 8;
    static final int MEMINFO = 9 * Integer.BYTES;

    static final int IPPROTO_IP = 0;
    static final int IP_TOS = 1;
    static final int IP_TTL = 2;
    static final int IP_MTU_DISCOVER = 10;
    static final int IP_RECVERR = 11;
    static final int IP_RECVTOS = 13;
    static final int IP_MTU = 14;
    static final int IP_MULTICAST_IF = 32;
    static final int IP_MULTICAST_TTL = 33;
    static final int IP_MULTICAST_LOOP = 34;
    static final int IP_ADD_MEMBERSHIP = 35;

    static final int IPPROTO_IPV6 = 41;
    static final int IPV6_UNICAST_HOPS = 16;
    static final int IPV6_MULTICAST_IF = 17;
    static final int IPV6_MULTICAST_HOPS = 18;
    static final int IPV6_MULTICAST_LOOP = 19;
    static final int IPV6_ADD_MEMBERSHIP = 20;
    static final int IPV6_MTU_DISCOVER = 23;
    static final int IPV6_MTU = 24;
    static final int IPV6_RECVERR = 25;
    static final int IPV6_V6ONLY = 26;
    static final int IPV6_RECVTCLASS = 66;
    static final int IPV6_TCLASS = 67;
    static final int PMTUDISC_DONT = 0;
    static final int PMTUDISC_DO = 2;

    static final int SOL_UDP = 17;
    static final int UDP_NO_CHECK6_TX = 101;
    static final int UDP_NO_CHECK6_RX = 102;
    /** Linux 4.18. */
    static final int UDP_SEGMENT = 103;
    /** Linux 5.0. */
    static final int UDP_GRO = 104;

    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_ERRQUEUE = 0x2000;

    /** struct cmsghdr of an LP64 system. */
    static final int CMSG_LEN = 0;
    static final int CMSG_LEVEL = 8;
    static final int CMSG_TYPE = 12;
    static final int CMSG_DATA = 16;

    /** The longest payload over IPv4; of IPv6 it is longer. */
    static final int LONGEST_PAYLOAD = 65535 - 20 - 8;

    private Udp() {
    }

    static int aligned(int length) {
        return length + 7 & ~7;
    }
}
