/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

/** Numbers of packet(7) and of sockets on Linux; from {@code linux/if_packet.h} and {@code asm-generic/socket.h}. */
final class AfPacket {
    static final int AF_PACKET = 17;
    static final int SOCK_RAW = 3;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x8_0000;
    static final int ETH_P_ALL = 3;
    static final int ARPHRD_ETHER = 1;
    static final int ARPHRD_LOOPBACK = 772;

    static final int SOL_SOCKET = 1;
    static final int SO_TYPE = 3;
    static final int SO_ERROR = 4;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_SNDBUFFORCE = 32;
    static final int SO_RCVBUFFORCE = 33;
    static final int SO_DOMAIN = 39;

    static final int SOL_PACKET = 263;
    static final int PACKET_ADD_MEMBERSHIP = 1;
    static final int PACKET_STATISTICS = 6;
    static final int PACKET_AUXDATA = 8;
    static final int PACKET_VNET_HDR = 15;
    static final int PACKET_FANOUT = 18;
    static final int PACKET_QDISC_BYPASS = 20;
    /** Linux 4.20. */
    static final int PACKET_IGNORE_OUTGOING = 23;
    /** Linux 6.4. */
    static final int PACKET_VNET_HDR_SZ = 24;

    static final int PACKET_MR_PROMISC = 1;
    static final int FANOUT_FLAG_UNIQUEID = 0x2000;
    /** Linux 5.15. */
    static final int FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;

    /** struct sockaddr_ll. */
    static final int SOCKADDR_LL = 20;
    static final int SLL_PROTOCOL = 2;
    static final int SLL_IFINDEX = 4;
    static final int SLL_HATYPE = 8;
    static final int SLL_PKTTYPE = 10;
    static final int SLL_ADDR = 12;
    static final int PACKET_OUTGOING = 4;

    /** struct packet_mreq. */
    static final int MREQ = 16;
    static final int MR_TYPE = 4;

    /** struct tpacket_stats. */
    static final int STATISTICS = 8;
    static final int TP_DROPS = 4;

    /** struct tpacket_auxdata. */
    static final int AUXDATA = 20;
    static final int TP_STATUS = 0;
    static final int TP_VLAN_TCI = 16;
    static final int TP_VLAN_TPID = 18;
    static final int TP_STATUS_VLAN_VALID = 1 << 4;
    static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;

    private AfPacket() {
    }
}
