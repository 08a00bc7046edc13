/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.ringtap.ethernet.MacAddress;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A rtnetlink(7) socket in the network namespace of the thread that opens it: reads and changes interfaces by index,
 * or, opened with {@link #subscribe()}, hears of every change. Unlike the SIOCxIF ioctls one request changes several
 * things or none, and one answer tells all. Numbers from {@code linux/netlink.h}, {@code linux/rtnetlink.h}, {@code
 * linux/if_link.h} and {@code linux/net_namespace.h}. Safe for any thread; requests take turns.
 *
 * <p>It asks for interfaces in other network namespaces, and hears of them, by the number ("nsid") that its own
 * namespace has for those: an open socket keeps its namespace alive, with all interfaces in it, and so one that is open
 * over there would change what it watches. A number keeps nothing alive. To change an interface takes a socket in its
 * own namespace, as with a number such a request means to move it there.
 *
 * <p>A name is the bytes that the kernel has, one char each: from a kernel they may be any but NUL.
 */
public final class RouteNetlink implements Closeable {
    /** In place of the number of a namespace: the one that the socket was opened in. */
    public static final int HERE = -1;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int NETLINK_ROUTE = 0;
    private static final int RTMGRP_LINK = 1;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_LISTEN_ALL_NSID = 8;
    private static final int MSG_PEEK = 0x02;
    private static final int MSG_TRUNC = 0x20;

    private static final int NLMSG_ERROR = 2;
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_NEWNSID = 88;
    private static final int RTM_GETNSID = 90;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_ACK = 4;
    private static final int NLMSG_HEADER = 16;
    private static final int IFINFOMSG = 16;
    /** struct rtgenmsg, padded. */
    private static final int RTGENMSG = 4;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_STATS64 = 23;
    private static final int IFLA_CARRIER = 33;
    private static final int IFLA_TARGET_NETNSID = 46;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_TUN_NUM_QUEUES = 8;
    private static final int IFLA_TUN_NUM_DISABLED_QUEUES = 9;
    private static final int NETNSA_NSID = 1;
    private static final int NETNSA_FD = 3;
    /** rtnl_link_stats64: rx_dropped and tx_dropped are its 7th and 8th number. */
    private static final int STATS_RX_DROPPED = 48;
    private static final int STATS_TX_DROPPED = 56;

    /** News and answers are one to two thousand octets; a longer answer is made room for, longer news are lost. */
    private static final int ROOM = 8 * 1024;
    /** So that other descriptors get their turn. */
    private static final int MOST_AT_ONCE = 256;
    /** More than a socket's buffer holds. */
    private static final int MOST_WAITING = 10_000;
    /** On an LP64 system: struct msghdr, its one struct iovec, and control data for one int. */
    private static final int MSGHDR_IOV = 16;
    private static final int MSGHDR_IOVLEN = 24;
    private static final int MSGHDR_CONTROL = 32;
    private static final int MSGHDR_CONTROLLEN = 40;
    private static final int MSGHDR_FLAGS = 48;
    private static final int IOVEC = 56;
    private static final int CONTROL = 72;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    private static final int CONTROL_ROOM = 64;

    private final int fd;
    private final NativeMemory header;
    private NativeMemory memory;
    private boolean closed;
    private int sequence;

    /** What a subscriber hears; a namespace is {@link #HERE} or the number that this one has for another. */
    public interface Listener {
        /** An interface appeared or something of it changed. */
        void linkChanged(int namespace, LinkState state);

        /** An interface was deleted, or moved to another namespace. */
        void linkRemoved(int namespace, int index);

        /** There were more news than the socket's buffer takes, or longer ones: ask for what you need to know. */
        void newsLost();
    }

    private RouteNetlink(int fd, NativeMemory memory, NativeMemory header) {
        this.fd = fd;
        this.memory = memory;
        this.header = header;
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
        NativeMemory memory = NativeMemory.allocate(ROOM);
        NativeMemory header = null;
        int fd = -1;
        try {
            header = NativeMemory.allocate(CONTROL + CONTROL_ROOM);
            fd = SystemCalls.check("socket(AF_NETLINK)",
                SystemCalls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC | flags, NETLINK_ROUTE));
            NativeMemory address = NativeMemory.allocate(12);
            address.buffer().putShort(0, (short) AF_NETLINK).putInt(8, groups);
            int bound = SystemCalls.bind(fd, address);
            address.free();
            SystemCalls.check("bind(AF_NETLINK)", bound);
            return new RouteNetlink(fd, memory, header);
        } catch (Throwable e) {
            memory.free();
            if (header != null) {
                header.free();
            }
            if (fd >= 0) {
                SystemCalls.close(fd);
            }
            throw e;
        }
    }

    /** The socket, to wait on. */
    public int descriptor() {
        return fd;
    }

    /**
     * Asks for one interface of this namespace.
     *
     * @throws SystemCallException ENODEV if it has none of that index
     */
    public LinkState link(int index) throws IOException {
        return link(HERE, index);
    }

    /**
     * Asks for one interface of this namespace by its name.
     *
     * @throws SystemCallException ENODEV if it has none of that name
     */
    public LinkState link(String name) throws IOException {
        return link(HERE, name);
    }

    /**
     * Asks for one interface.
     *
     * @param namespace {@link #HERE} or a number of {@link #namespaceId}, which needs CAP_NET_ADMIN there
     * @throws SystemCallException ENODEV if the namespace has none of that index
     */
    public synchronized LinkState link(int namespace, int index) throws IOException {
        putNamespace(begin(RTM_GETLINK, 0, index, 0, 0), namespace);
        return exchange("RTM_GETLINK", index, namespace);
    }

    /**
     * Asks for one interface by its name.
     *
     * @param namespace {@link #HERE} or a number of {@link #namespaceId}, which needs CAP_NET_ADMIN there
     * @throws SystemCallException ENODEV if the namespace has none of that name
     */
    public synchronized LinkState link(int namespace, String name) throws IOException {
        ByteBuffer message = begin(RTM_GETLINK, 0, 0, 0, 0);
        putNamespace(message, namespace);
        attribute(message, IFLA_IFNAME, name.length() + 1);
        for (int i = 0; i < align(name.length() + 1); i++) {
            message.put((byte) (i < name.length() ? name.charAt(i) : 0));
        }
        return exchange("RTM_GETLINK", LinkState.shown(name), namespace);
    }

    /** Sets an interface up or down. */
    public synchronized void setUp(int index, boolean up) throws IOException {
        begin(RTM_NEWLINK, NLM_F_ACK, index, up ? LinkState.IFF_UP : 0, LinkState.IFF_UP);
        exchange(up ? "set up" : "set down", index, HERE);
    }

    /** Sets the MTU in bytes. */
    public synchronized void setMtu(int index, int mtu) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_MTU, 4).putInt(mtu);
        exchange("set MTU " + mtu, index, HERE);
    }

    /** Sets the MAC address. */
    public synchronized void setMac(int index, MacAddress mac) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_ADDRESS, MacAddress.LENGTH).put(mac.toBytes()).putShort((short) 0);
        exchange("set MAC " + mac, index, HERE);
    }

    /** Sets the carrier on or off; the interface has to be up. */
    public synchronized void setCarrier(int index, boolean on) throws IOException {
        ByteBuffer message = begin(RTM_NEWLINK, NLM_F_ACK, index, 0, 0);
        attribute(message, IFLA_CARRIER, 1).put((byte) (on ? 1 : 0)).put((byte) 0).putShort((short) 0);
        exchange("set carrier " + (on ? "on" : "off"), index, HERE);
    }

    /**
     * The number that this socket's namespace has for another. It gets one if it has none, which needs CAP_NET_ADMIN
     * here; the number is gone with the other namespace, and does not keep it alive.
     *
     * @param namespaceFd a descriptor of the other namespace
     */
    public synchronized int namespaceId(int namespaceFd) throws IOException {
        int known = askNamespaceId(namespaceFd);
        if (known >= 0) {
            return known;
        }
        ByteBuffer message = begin(RTM_NEWNSID, NLM_F_ACK);
        attribute(message, NETNSA_NSID, 4).putInt(-1);
        attribute(message, NETNSA_FD, 4).putInt(namespaceFd);
        try {
            transact("RTM_NEWNSID");
        } catch (SystemCallException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
        }
        return askNamespaceId(namespaceFd);
    }

    private int askNamespaceId(int namespaceFd) throws IOException {
        attribute(begin(RTM_GETNSID, 0), NETNSA_FD, 4).putInt(namespaceFd);
        int at = transact("RTM_GETNSID");
        int end = at + memory.buffer().getInt(at);
        int attribute = find(memory.buffer(), at + NLMSG_HEADER + RTGENMSG, end, NETNSA_NSID);
        return attribute < 0 ? -1 : memory.buffer().getInt(attribute);
    }

    /**
     * Whether a subscription hears also of the namespaces that its own has a number for. Of those whose user namespace
     * it has no CAP_NET_BROADCAST in, it still hears nothing, and is not told so.
     *
     * @throws SystemCallException EPERM without CAP_NET_BROADCAST
     */
    public synchronized void hearOfAllNamespaces(boolean all) throws IOException {
        ensureOpen();
        header.buffer().putInt(CONTROL, all ? 1 : 0);
        SystemCalls.check("setsockopt(NETLINK_LISTEN_ALL_NSID)", SystemCalls.setsockopt(fd, SOL_NETLINK,
            NETLINK_LISTEN_ALL_NSID, header.address() + CONTROL, Integer.BYTES));
    }

    private ByteBuffer begin(int type, int flags, int index, int ifFlags, int change) throws IOException {
        return begin(type, flags, 0).putInt(0).putInt(index).putInt(ifFlags).putInt(change);
    }

    private ByteBuffer begin(int type, int flags) throws IOException {
        return begin(type, flags, 0).putInt(0);
    }

    private ByteBuffer begin(int type, int flags, int sender) throws IOException {
        ensureOpen();
        ByteBuffer message = memory.buffer();
        message.clear();
        return message.putInt(0).putShort((short) type).putShort((short) (flags | NLM_F_REQUEST)).putInt(++sequence)
            .putInt(sender);
    }

    private static void putNamespace(ByteBuffer message, int namespace) {
        if (namespace != HERE) {
            attribute(message, IFLA_TARGET_NETNSID, 4).putInt(namespace);
        }
    }

    /** Starts an attribute; what is put behind it has to be padded to 4 bytes. */
    private static ByteBuffer attribute(ByteBuffer message, int type, int length) {
        return message.putShort((short) (4 + length)).putShort((short) type);
    }

    /** Sends the message and returns the link that the answer tells of, {@code null} where it is an acknowledgement. */
    private LinkState exchange(String request, Object link, int namespace) throws IOException {
        String call = request + " of interface " + link;
        int at = transact(call);
        if (at < 0) {
            return null;
        }
        ByteBuffer answer = memory.buffer();
        int end = at + answer.getInt(at);
        if (namespace != HERE && find(answer, at + NLMSG_HEADER + IFINFOMSG, end, IFLA_TARGET_NETNSID) < 0) {
            throw new SystemCallException(call, Errno.EOPNOTSUPP.number(),
                "this kernel does not tell of interfaces in other network namespaces, which came with Linux 4.15");
        }
        return parse(answer, at);
    }

    /** Sends the message and returns where the answer to it starts; -1 for an acknowledgement. */
    private int transact(String call) throws IOException {
        int length = memory.buffer().position();
        memory.buffer().putInt(0, length);
        long sent;
        do {
            sent = SystemCalls.send(fd, memory.address(), length, 0);
        } while (Errno.EINTR.is(sent));
        SystemCalls.check(call, (int) sent);
        while (true) {
            int waiting = receive(call, MSG_PEEK | MSG_TRUNC);
            if (waiting > memory.size()) {
                NativeMemory larger = NativeMemory.allocate(waiting);
                memory.free();
                memory = larger;
            }
            int received = receive(call, 0);
            ByteBuffer message = memory.buffer();
            for (int at = 0; at + NLMSG_HEADER <= received; at += align(message.getInt(at))) {
                if (message.getInt(at) < NLMSG_HEADER) {
                    break;
                }
                if (message.getInt(at + 8) != sequence) {
                    continue;
                }
                if (message.getShort(at + 4) != NLMSG_ERROR) {
                    return at;
                }
                SystemCalls.check(call, message.getInt(at + NLMSG_HEADER));
                return -1;
            }
        }
    }

    private int receive(String call, int flags) throws IOException {
        long received;
        do {
            received = SystemCalls.recv(fd, memory.address(), memory.size(), flags);
        } while (Errno.EINTR.is(received));
        return SystemCalls.check(call, (int) received);
    }

    /** Hands on what the subscription has heard: all of it, unless there is so much that the rest has to wait. */
    public synchronized void read(Listener listener) throws IOException {
        for (int messages = 0; !closed && messages < MOST_AT_ONCE; messages++) {
            long received = receiveNews(0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            ByteBuffer msghdr = header.buffer();
            if (Errno.ENOBUFS.is(received) || received >= 0 && (msghdr.getInt(MSGHDR_FLAGS) & MSG_TRUNC) != 0) {
                listener.newsLost();
                continue;
            }
            SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
            int namespace = HERE;
            if (msghdr.getLong(MSGHDR_CONTROLLEN) >= CMSG_DATA + Integer.BYTES
                && msghdr.getInt(CONTROL + CMSG_LEVEL) == SOL_NETLINK
                && msghdr.getInt(CONTROL + CMSG_TYPE) == NETLINK_LISTEN_ALL_NSID) {
                namespace = msghdr.getInt(CONTROL + CMSG_DATA);
            }
            tell(listener, namespace, (int) received);
        }
    }

    /** Throws away what the subscription has heard so far, for who asks next: what waits is older than the answer. */
    public synchronized void skip() throws IOException {
        ensureOpen();
        for (int messages = 0; messages < MOST_WAITING; messages++) {
            long received = receiveNews(0);
            if (Errno.EAGAIN.is(received)) {
                return;
            }
            if (!Errno.ENOBUFS.is(received)) {
                SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
            }
        }
    }

    /** Whether the subscription has heard something that nobody has read yet; it stays there. */
    public synchronized boolean hasNews() throws IOException {
        ensureOpen();
        long received = receiveNews(MSG_PEEK);
        if (Errno.EAGAIN.is(received)) {
            return false;
        }
        if (!Errno.ENOBUFS.is(received)) {
            SystemCalls.check("recvmsg(AF_NETLINK)", (int) received);
        }
        return true;
    }

    private long receiveNews(int flags) {
        long received;
        do {
            header.clear().buffer()
                .putLong(MSGHDR_IOV, header.address() + IOVEC).putLong(MSGHDR_IOVLEN, 1)
                .putLong(MSGHDR_CONTROL, header.address() + CONTROL).putLong(MSGHDR_CONTROLLEN, CONTROL_ROOM)
                .putLong(IOVEC, memory.address()).putLong(IOVEC + Long.BYTES, memory.size());
            received = SystemCalls.recvmsg(fd, header.address(), flags);
        } while (Errno.EINTR.is(received));
        return received;
    }

    private void tell(Listener listener, int namespace, int received) {
        ByteBuffer message = memory.buffer();
        for (int at = 0; at + NLMSG_HEADER + IFINFOMSG <= received; at += align(message.getInt(at))) {
            int type = message.getShort(at + 4);
            if (type == RTM_NEWLINK) {
                listener.linkChanged(namespace, parse(message, at));
            } else if (type == RTM_DELLINK && message.get(at + NLMSG_HEADER) == 0) {
                // Family 0: others, as AF_BRIDGE, tell that the link left a bridge.
                listener.linkRemoved(namespace, message.getInt(at + NLMSG_HEADER + 4));
            }
            if (closed || message.getInt(at) < NLMSG_HEADER) {
                break;
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
        int queues = 0;
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

    private static int tunQueues(ByteBuffer message, int from, int end) {
        int kind = find(message, from, end, IFLA_INFO_KIND);
        int data = find(message, from, end, IFLA_INFO_DATA);
        if (kind < 0 || data < 0 || !text(message, kind, 4).equals("tun\0")) {
            return 0;
        }
        int dataEnd = data - 4 + (message.getShort(data - 4) & 0xffff);
        int attached = find(message, data, dataEnd, IFLA_TUN_NUM_QUEUES);
        int disabled = find(message, data, dataEnd, IFLA_TUN_NUM_DISABLED_QUEUES);
        return attached < 0 || disabled < 0 ? 0 : message.getInt(attached) + message.getInt(disabled);
    }

    /** Where the value of the first attribute of a type starts, -1 if there is none. */
    private static int find(ByteBuffer message, int from, int end, int type) {
        for (int a = from; a + 4 <= end;) {
            int length = message.getShort(a) & 0xffff;
            if (length < 4) {
                break;
            }
            if ((message.getShort(a + 2) & 0x3fff) == type) {
                return a + 4;
            }
            a += align(length);
        }
        return -1;
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
            memory.free();
            header.free();
        }
    }
}
