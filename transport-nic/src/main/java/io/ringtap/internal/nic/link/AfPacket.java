/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.nic.link;

/** Numbers of packet(7) and of sockets on Linux; from {@code linux/if_packet.h} and {@code asm-generic/socket.h}. */
public final class AfPacket {
    public static final int AF_PACKET = 17;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x8_0000;
    public static final int ETH_P_ALL = 3;
    public static final int ARPHRD_ETHER = 1;
    public static final int ARPHRD_LOOPBACK = 772;

    public static final int SOL_SOCKET = 1;
    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_DOMAIN = 39;

    public static final int SOL_PACKET = 263;
    public static final int PACKET_ADD_MEMBERSHIP = 1;
    public static final int PACKET_STATISTICS = 6;
    public static final int PACKET_AUXDATA = 8;
    public static final int PACKET_VNET_HDR = 15;
    public static final int PACKET_FANOUT = 18;
    public static final int PACKET_QDISC_BYPASS = 20;
    /** Linux 4.20. */
    public static final int PACKET_IGNORE_OUTGOING = 23;
    /** Linux 6.4. */
    public static final int PACKET_VNET_HDR_SZ = 24;

    public static final int PACKET_MR_PROMISC = 1;
    public static final int FANOUT_FLAG_UNIQUEID = 0x2000;
    /** Linux 5.15. */
    public static final int FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;

    /** struct sockaddr_ll. */
    public static final int SOCKADDR_LL = 20;
    public static final int SLL_PROTOCOL = 2;
    public static final int SLL_IFINDEX = 4;
    public static final int SLL_HATYPE = 8;
    public static final int SLL_PKTTYPE = 10;
    public static final int SLL_ADDR = 12;
    public static final int PACKET_OUTGOING = 4;

    /** struct packet_mreq. */
    public static final int MREQ = 16;
    public static final int MR_TYPE = 4;

    /** struct tpacket_stats. */
    public static final int STATISTICS = 8;
    public static final int TP_DROPS = 4;

    /** struct tpacket_auxdata. */
    public static final int AUXDATA = 20;
    public static final int TP_STATUS = 0;
    public static final int TP_VLAN_TCI = 16;
    public static final int TP_VLAN_TPID = 18;
    public static final int TP_STATUS_VLAN_VALID = 1 << 4;
    public static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;

    private AfPacket() {
    }
}
