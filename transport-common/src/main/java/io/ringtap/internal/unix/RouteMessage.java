/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.ringtap.ethernet.MacAddress;

import java.nio.ByteBuffer;

/**
 * The layout of the messages of rtnetlink(7): how attributes are written and found, and what a message about a link or
 * an address says. Numbers from {@code linux/netlink.h}, {@code linux/rtnetlink.h}, {@code linux/if_link.h} and {@code
 * linux/if_addr.h}. Messages are in native byte order and aligned to 4 bytes.
 */
final class RouteMessage {
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWNSID = 88;
    static final int RTM_GETNSID = 90;
    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_ACK = 4;
    /** In an answer: what it lists has changed meanwhile. */
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;

    /** struct nlmsghdr. */
    static final int NLMSG_HEADER = 16;
    static final int TYPE = 4;
    static final int FLAGS = 6;
    static final int SEQUENCE = 8;
    /** struct ifinfomsg. */
    static final int IFINFOMSG = 16;
    /** struct ifaddrmsg. */
    static final int IFADDRMSG = 8;
    /** struct rtgenmsg, padded. */
    static final int RTGENMSG = 4;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_MASTER = 10;
    static final int IFLA_CARRIER = 33;
    static final int IFLA_XDP = 43;
    static final int IFLA_TARGET_NETNSID = 46;
    static final int IFLA_XDP_PROG_ID = 4;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_F_NODAD = 0x02;
    static final int NETNSA_NSID = 1;
    static final int NETNSA_FD = 3;

    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_STATS64 = 23;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_TUN_NUM_QUEUES = 8;
    private static final int IFLA_TUN_NUM_DISABLED_QUEUES = 9;
    /** rtnl_link_stats64: rx_dropped and tx_dropped are its 7th and 8th number. */
    private static final int STATS_RX_DROPPED = 48;
    private static final int STATS_TX_DROPPED = 56;
    private static final int ATTRIBUTE_HEADER = 4;
    /** Without the flags of {@code nla_type}. */
    private static final int ATTRIBUTE_TYPE = 0x3fff;

    private RouteMessage() {
    }

    static int align(int length) {
        return length + 3 & ~3;
    }

    /** Writes an attribute and what pads it. */
    static void attribute(ByteBuffer message, int type, byte[] value) {
        begin(message, type, value.length).put(value);
        for (int i = value.length; i < align(value.length); i++) {
            message.put((byte) 0);
        }
    }

    /** Writes an attribute that is an int. */
    static void attribute(ByteBuffer message, int type, int value) {
        begin(message, type, Integer.BYTES).putInt(value);
    }

    private static ByteBuffer begin(ByteBuffer message, int type, int length) {
        return message.putShort((short) (ATTRIBUTE_HEADER + length)).putShort((short) type);
    }

    /** Where the value of the first attribute of a type starts, -1 if there is none. */
    static int find(ByteBuffer message, int from, int end, int type) {
        for (int a = from; a + ATTRIBUTE_HEADER <= end;) {
            int length = message.getShort(a) & 0xffff;
            if (length < ATTRIBUTE_HEADER) {
                break;
            }
            if ((message.getShort(a + 2) & ATTRIBUTE_TYPE) == type) {
                return a + ATTRIBUTE_HEADER;
            }
            a += align(length);
        }
        return -1;
    }

    /** Where the value of an attribute ends that starts at an index. */
    static int end(ByteBuffer message, int value) {
        return value - ATTRIBUTE_HEADER + (message.getShort(value - ATTRIBUTE_HEADER) & 0xffff);
    }

    /** What the message that starts at an index says of a link. */
    static LinkState link(ByteBuffer message, int at) {
        int info = at + NLMSG_HEADER;
        int end = at + message.getInt(at);
        String name = "";
        int mtu = 0;
        MacAddress mac = null;
        long rxDropped = 0;
        long txDropped = 0;
        int queues = 0;
        for (int a = info + IFINFOMSG; a + ATTRIBUTE_HEADER <= end;) {
            int length = message.getShort(a) & 0xffff;
            if (length < ATTRIBUTE_HEADER) {
                break;
            }
            int value = a + ATTRIBUTE_HEADER;
            switch (message.getShort(a + 2) & ATTRIBUTE_TYPE) {
                case IFLA_IFNAME -> name = text(message, value, length - ATTRIBUTE_HEADER - 1);
                case IFLA_MTU -> mtu = message.getInt(value);
                case IFLA_ADDRESS -> mac = length == ATTRIBUTE_HEADER + MacAddress.LENGTH ? mac(message, value) : null;
                case IFLA_LINKINFO -> queues = tunQueues(message, value, a + length);
                case IFLA_STATS64 -> {
                    rxDropped = message.getLong(value + STATS_RX_DROPPED);
                    txDropped = message.getLong(value + STATS_TX_DROPPED);
                }
                default -> { }
            }
            a += align(length);
        }
        return new LinkState(message.getInt(info + 4), name, message.getInt(info + 8), mtu, mac, rxDropped, txDropped,
            queues);
    }

    /**
     * What the message that starts at an index says of an address.
     *
     * @return {@code null} if it is one of another interface, or neither of IPv4 nor of IPv6
     */
    static LinkAddress address(ByteBuffer message, int at, int index) {
        int info = at + NLMSG_HEADER;
        int end = at + message.getInt(at);
        if (message.getInt(info + 4) != index) {
            return null;
        }
        int octets = LinkAddress.octetsOf(message.get(info));
        // With a peer, IFA_ADDRESS is the address of that.
        int value = find(message, info + IFADDRMSG, end, IFA_LOCAL);
        if (value < 0) {
            value = find(message, info + IFADDRMSG, end, IFA_ADDRESS);
        }
        if (octets == 0 || value < 0) {
            return null;
        }
        byte[] address = new byte[octets];
        for (int i = 0; i < octets; i++) {
            address[i] = message.get(value + i);
        }
        return new LinkAddress(address, message.get(info + 1) & 0xff);
    }

    private static int tunQueues(ByteBuffer message, int from, int end) {
        int kind = find(message, from, end, IFLA_INFO_KIND);
        int data = find(message, from, end, IFLA_INFO_DATA);
        if (kind < 0 || data < 0 || !text(message, kind, 4).equals("tun\0")) {
            return 0;
        }
        int dataEnd = end(message, data);
        int attached = find(message, data, dataEnd, IFLA_TUN_NUM_QUEUES);
        int disabled = find(message, data, dataEnd, IFLA_TUN_NUM_DISABLED_QUEUES);
        return attached < 0 || disabled < 0 ? 0 : message.getInt(attached) + message.getInt(disabled);
    }

    private static String text(ByteBuffer message, int at, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) (message.get(at + i) & 0xff));
        }
        return text.toString();
    }

    private static MacAddress mac(ByteBuffer message, int at) {
        long bits = 0;
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            bits = bits << 8 | message.get(at + i) & 0xff;
        }
        return MacAddress.of(bits);
    }
}
