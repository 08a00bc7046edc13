/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.unix;

import io.ringtap.ethernet.MacAddress;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A rtnetlink(7) socket in the network namespace of the thread that opens it: reads and changes interfaces by index,
 * or, opened with {@link #subscribe()}, hears of every change. Unlike the SIOCxIF ioctls one request changes several
 * things or none, and one answer tells all. Numbers from {@code linux/netlink.h}, {@code linux/rtnetlink.h} and
 * {@code linux/if_link.h}. Safe for any thread; requests take turns.
 */
public final class RouteNetlink implements Closeable {
    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int NETLINK_ROUTE = 0;
    private static final int RTMGRP_LINK = 1;

    private static final int NLMSG_ERROR = 2;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_ACK = 4;
    private static final int NLMSG_HEADER = 16;
    private static final int IFINFOMSG = 16;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_STATS64 = 23;
    private static final int IFLA_CARRIER = 33;
    /** rtnl_link_stats64: rx_dropped and tx_dropped are its 7th and 8th number. */
    private static final int STATS_RX_DROPPED = 48;
    private static final int STATS_TX_DROPPED = 56;

    private final NativeMemory memory = NativeMemory.allocate(64 * 1024);
    private final int fd;
    private boolean closed;
    private int sequence;

    /** What a subscriber hears. */
    public interface Listener {
        /** An interface appeared or something of it changed. */
        void linkChanged(LinkState state);

        /** An interface was deleted, or moved to another namespace. */
        void linkRemoved(int index);

        /** The kernel had more news than the socket's buffer takes: ask for what you need to know. */
        void newsLost();
    }

    private RouteNetlink(int fd) {
        this.fd = fd;
    }

    /**
     * Opens a socket for requests.
     *
     * @throws SystemCallException if the system has none to give
     */
    public static RouteNetlink open() throws SystemCallException {
        return open(0, 0);
    }

    /**
     * Opens a non-blocking socket that hears of every change of a link: wait on {@link #descriptor()}, then {@link
     * #read}.
     */
    public static RouteNetlink subscribe() throws SystemCallException {
        return open(SOCK_NONBLOCK, RTMGRP_LINK);
    }

    private static RouteNetlink open(int flags, int groups) throws SystemCallException {
        int fd = SystemCalls.check("socket(AF_NETLINK)",
            SystemCalls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC | flags, NETLINK_ROUTE));
        NativeMemory address = NativeMemory.allocate(12);
        address.buffer().putShort(0, (short) AF_NETLINK).putInt(8, groups);
        int bound = SystemCalls.bind(fd, address);
        if (bound < 0) {
            SystemCalls.close(fd);
            throw new SystemCallException("bind(AF_NETLINK)", -bound, null);
        }
        return new RouteNetlink(fd);
    }

    /** The socket, to wait on. */
    public int descriptor() {
        return fd;
    }

    /**
     * Asks for one interface.
     *
     * @throws SystemCallException ENODEV if this namespace has none of that index
     */
    public synchronized LinkState link(int index) throws IOException {
        begin(RTM_GETLINK, 0, index, 0, 0);
        return Objects.requireNonNull(exchange("RTM_GETLINK", index), "the kernel answered without a link");
    }

    /**
     * Asks for one interface by its name.
     *
     * @throws SystemCallException ENODEV if this namespace has none of that name
     */
    public synchronized LinkState link(String name) throws IOException {
        ByteBuffer message = begin(RTM_GETLINK, 0, 0, 0, 0);
        attribute(message, IFLA_IFNAME, name.length() + 1);
        for (int i = 0; i < align(name.length() + 1); i++) {
            message.put((byte) (i < name.length() ? name.charAt(i) : 0));
        }
        return Objects.requireNonNull(exchange("RTM_GETLINK", name), "the kernel answered without a link");
    }

    /** Sets an interface up or down. */
    public synchronized void setUp(int index, boolean up) throws IOException {
        begin(RTM_NEWLINK, NLM_F_ACK, index, up ? LinkState.IFF_UP : 0, LinkState.IFF_UP);
        exchange(up ? "set up" : "set down", index);
    }

    /** Sets the MTU in bytes. */
    public synchronized void setMtu(int index, int mtu) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_MTU, 4).putInt(mtu);
        exchange("set MTU " + mtu, index);
    }

    /** Sets the MAC address. */
    public synchronized void setMac(int index, MacAddress mac) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_ADDRESS, MacAddress.LENGTH).put(mac.toBytes()).putShort((short) 0);
        exchange("set MAC " + mac, index);
    }

    /** Sets the carrier on or off; the interface has to be up. */
    public synchronized void setCarrier(int index, boolean on) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_CARRIER, 1).put((byte) (on ? 1 : 0)).put((byte) 0).putShort((short) 0);
        exchange("set carrier " + (on ? "on" : "off"), index);
    }

    private ByteBuffer begin(int type, int flags, int index, int ifFlags, int change) {
        ByteBuffer message = memory.buffer();
        message.clear();
        message.putInt(0).putShort((short) type).putShort((short) (flags | NLM_F_REQUEST)).putInt(++sequence).putInt(0);
        message.putInt(0).putInt(index).putInt(ifFlags).putInt(change);
        return message;
    }

    /** Starts an attribute; what is put behind it has to be padded to 4 bytes. */
    private static ByteBuffer attribute(ByteBuffer message, int type, int length) {
        return message.putShort((short) (4 + length)).putShort((short) type);
    }

    /** Sends the message and returns the link that the answer tells of, {@code null} where it is an acknowledgement. */
    private LinkState exchange(String request, Object link) throws IOException {
        ensureOpen();
        ByteBuffer message = memory.buffer();
        int length = message.position();
        message.putInt(0, length);
        String call = request + " of interface " + link;
        SystemCalls.check(call, (int) SystemCalls.send(fd, memory.address(), length, 0));
        while (true) {
            long received;
            do {
                received = SystemCalls.recv(fd, memory.address(), memory.size(), 0);
            } while (Errno.EINTR.is(received));
            SystemCalls.check(call, (int) received);
            for (int at = 0; at + NLMSG_HEADER <= received; at += align(message.getInt(at))) {
                if (message.getInt(at + 8) != sequence) {
                    continue;
                }
                int type = message.getShort(at + 4);
                if (type == RTM_NEWLINK) {
                    return parse(message, at);
                }
                if (type == NLMSG_ERROR) {
                    SystemCalls.check(call, message.getInt(at + NLMSG_HEADER));
                    return null;
                }
            }
        }
    }

    /** Hands on what the subscription has heard, until there is no more. */
    public synchronized void read(Listener listener) throws IOException {
        ByteBuffer message = memory.buffer();
        while (!closed) {
            long received = SystemCalls.recv(fd, memory.address(), memory.size(), 0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            if (Errno.EINTR.is(received)) {
                continue;
            }
            if (Errno.ENOBUFS.is(received)) {
                listener.newsLost();
                continue;
            }
            SystemCalls.check("recv(AF_NETLINK)", (int) received);
            for (int at = 0; at + NLMSG_HEADER + IFINFOMSG <= received; at += align(message.getInt(at))) {
                int type = message.getShort(at + 4);
                if (type == RTM_NEWLINK) {
                    listener.linkChanged(parse(message, at));
                } else if (type == RTM_DELLINK && message.get(at + NLMSG_HEADER) == 0) {
                    // Family 0: others, as AF_BRIDGE, tell that the link left a bridge.
                    listener.linkRemoved(message.getInt(at + NLMSG_HEADER + 4));
                }
                if (message.getInt(at) < NLMSG_HEADER) {
                    break;
                }
            }
        }
    }

    private static LinkState parse(ByteBuffer message, int at) {
        int info = at + NLMSG_HEADER;
        int end = at + message.getInt(at);
        String name = "";
        int mtu = 0;
        MacAddress mac = null;
        long rxDropped = 0;
        long txDropped = 0;
        for (int a = info + IFINFOMSG; a + 4 <= end;) {
            int length = message.getShort(a) & 0xffff;
            if (length < 4) {
                break;
            }
            int value = a + 4;
            switch (message.getShort(a + 2) & 0x3fff) {
                case IFLA_IFNAME -> name = text(message, value, length - 5);
                case IFLA_MTU -> mtu = message.getInt(value);
                case IFLA_ADDRESS -> mac = length == 4 + MacAddress.LENGTH ? mac(message, value) : null;
                case IFLA_STATS64 -> {
                    rxDropped = message.getLong(value + STATS_RX_DROPPED);
                    txDropped = message.getLong(value + STATS_TX_DROPPED);
                }
                default -> { }
            }
            a += align(length);
        }
        return new LinkState(message.getInt(info + 4), name, message.getInt(info + 8), mtu, mac, rxDropped, txDropped);
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

    private static int align(int length) {
        return length + 3 & ~3;
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the interface's control socket is closed");
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            SystemCalls.close(fd);
        }
    }
}
