/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.ringtap.ethernet.MacAddress;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests to rtnetlink(7) in the network namespace of the thread that opens this socket: reads and changes interfaces
 * and their IP addresses by index. Unlike the SIOCxIF ioctls, one request changes several things or none, and one
 * answer contains everything. {@link LinkNews} hears of changes. Safe for any thread; requests take turns.
 *
 * <p>An interface in another network namespace is asked for by the number ("nsid") that this namespace has for the
 * other. An open socket keeps its namespace alive, with all interfaces in it, so a socket that is open over there would
 * change what it observes; a number keeps nothing alive. To change an interface takes a socket in its own namespace: a
 * request with a number would move the interface there.
 *
 * <p>A name is the bytes that the kernel has, one char each: from a kernel they may be any but NUL.
 */
public final class RouteNetlink implements Closeable {
    /** In place of the number of a namespace: the one that the socket was opened in. */
    public static final int HERE = -1;

    /** How often a list is asked for again because it has changed meanwhile. */
    private static final int TRIES = 32;

    private final RouteSocket socket;
    private int sequence;

    private RouteNetlink(RouteSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a socket for requests.
     *
     * @throws SystemCallException if the system gives none
     */
    public static RouteNetlink open() throws SystemCallException {
        return new RouteNetlink(new RouteSocket(0, 0));
    }

    /** The socket, for ioctls on interfaces of its namespace. */
    public int descriptor() {
        return socket.descriptor();
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
        putNamespace(beginLink(RouteMessage.RTM_GETLINK, 0, index, 0, 0), namespace);
        return ask(index, namespace);
    }

    /**
     * Asks for one interface by its name.
     *
     * @param namespace {@link #HERE} or a number of {@link #namespaceId}, which needs CAP_NET_ADMIN there
     * @throws SystemCallException ENODEV if the namespace has none of that name
     */
    public synchronized LinkState link(int namespace, String name) throws IOException {
        ByteBuffer message = beginLink(RouteMessage.RTM_GETLINK, 0, 0, 0, 0);
        putNamespace(message, namespace);
        byte[] text = new byte[name.length() + 1];
        for (int i = 0; i < name.length(); i++) {
            text[i] = (byte) name.charAt(i);
        }
        RouteMessage.attribute(message, RouteMessage.IFLA_IFNAME, text);
        return ask(LinkState.shown(name), namespace);
    }

    /**
     * The index of the interface, such as a bridge or a bond, that an interface of this namespace belongs to; 0 if it
     * belongs to none.
     */
    public synchronized int master(int index) throws IOException {
        return askNumber(index, RouteMessage.IFLA_MASTER);
    }

    /** The number of the XDP program that an interface of this namespace has; 0 if it has none. */
    public synchronized int xdpProgram(int index) throws IOException {
        return askNumber(index, RouteMessage.IFLA_XDP, RouteMessage.IFLA_XDP_PROG_ID);
    }

    /** The number that the last of nested attributes of a link is; 0 without such an attribute. */
    private int askNumber(int index, int... attributes) throws IOException {
        beginLink(RouteMessage.RTM_GETLINK, 0, index, 0, 0);
        int at = transact("RTM_GETLINK of interface " + index);
        ByteBuffer answer = socket.memory().buffer();
        int from = at + RouteMessage.NLMSG_HEADER + RouteMessage.IFINFOMSG;
        int end = at + answer.getInt(at);
        for (int attribute : attributes) {
            from = RouteMessage.find(answer, from, end, attribute);
            if (from < 0) {
                return 0;
            }
            end = RouteMessage.end(answer, from);
        }
        return answer.getInt(from);
    }

    /** Sets an interface up or down. */
    public synchronized void setUp(int index, boolean up) throws IOException {
        beginLink(RouteMessage.RTM_NEWLINK, RouteMessage.NLM_F_ACK, index, up ? LinkState.IFF_UP : 0,
            LinkState.IFF_UP);
        transact((up ? "set up" : "set down") + " of interface " + index);
    }

    /** Sets the MTU in bytes. */
    public synchronized void setMtu(int index, int mtu) throws IOException {
        RouteMessage.attribute(beginChange(index), RouteMessage.IFLA_MTU, mtu);
        transact("set MTU " + mtu + " of interface " + index);
    }

    /** Sets the MAC address. */
    public synchronized void setMac(int index, MacAddress mac) throws IOException {
        RouteMessage.attribute(beginChange(index), RouteMessage.IFLA_ADDRESS, mac.toBytes());
        transact("set MAC " + mac + " of interface " + index);
    }

    /** Sets the carrier on or off; the interface has to be up. */
    public synchronized void setCarrier(int index, boolean on) throws IOException {
        RouteMessage.attribute(beginChange(index), RouteMessage.IFLA_CARRIER, new byte[] {(byte) (on ? 1 : 0)});
        transact("set carrier " + (on ? "on" : "off") + " of interface " + index);
    }

    /** The IPv4 and IPv6 addresses of an interface of this namespace, in the order of the kernel. */
    public synchronized List<LinkAddress> addresses(int index) throws IOException {
        for (int attempt = 1; ; attempt++) {
            begin(RouteMessage.RTM_GETADDR, RouteMessage.NLM_F_DUMP).putLong(0);
            List<LinkAddress> addresses = new ArrayList<>();
            if (list("RTM_GETADDR of interface " + index, index, addresses)) {
                return addresses;
            }
            if (attempt == TRIES) {
                throw new IOException("the addresses of interface " + index
                    + " change faster than they can be asked for");
            }
        }
    }

    /**
     * Gives an interface of this namespace an IP address, and a route to the network of its prefix. An IPv6 address can
     * be used at once, without duplicate address detection.
     *
     * @throws SystemCallException EEXIST if it has the address, EACCES for IPv6 where that is disabled
     */
    public synchronized void addAddress(int index, LinkAddress address) throws IOException {
        beginAddress(RouteMessage.RTM_NEWADDR,
            RouteMessage.NLM_F_ACK | RouteMessage.NLM_F_CREATE | RouteMessage.NLM_F_EXCL, index, address);
        transact("add address " + address + " to interface " + index);
    }

    /**
     * Takes an IP address from an interface of this namespace.
     *
     * @throws SystemCallException EADDRNOTAVAIL if it has none such
     */
    public synchronized void removeAddress(int index, LinkAddress address) throws IOException {
        beginAddress(RouteMessage.RTM_DELADDR, RouteMessage.NLM_F_ACK, index, address);
        transact("remove address " + address + " from interface " + index);
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
        ByteBuffer message = begin(RouteMessage.RTM_NEWNSID, RouteMessage.NLM_F_ACK).putInt(0);
        RouteMessage.attribute(message, RouteMessage.NETNSA_NSID, -1);
        RouteMessage.attribute(message, RouteMessage.NETNSA_FD, namespaceFd);
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
        ByteBuffer message = begin(RouteMessage.RTM_GETNSID, 0).putInt(0);
        RouteMessage.attribute(message, RouteMessage.NETNSA_FD, namespaceFd);
        int at = transact("RTM_GETNSID");
        ByteBuffer answer = socket.memory().buffer();
        int number = RouteMessage.find(answer, at + RouteMessage.NLMSG_HEADER + RouteMessage.RTGENMSG,
            at + answer.getInt(at), RouteMessage.NETNSA_NSID);
        return number < 0 ? -1 : answer.getInt(number);
    }

    private ByteBuffer beginChange(int index) throws IOException {
        return beginLink(RouteMessage.RTM_NEWLINK, RouteMessage.NLM_F_ACK, index, 0, 0);
    }

    private ByteBuffer beginLink(int type, int flags, int index, int ifFlags, int change) throws IOException {
        return begin(type, flags).putInt(0).putInt(index).putInt(ifFlags).putInt(change);
    }

    private void beginAddress(int type, int flags, int index, LinkAddress address) throws IOException {
        ByteBuffer message = begin(type, flags).put(address.family()).put((byte) address.prefixLength())
            .put((byte) RouteMessage.IFA_F_NODAD).put((byte) 0).putInt(index);
        RouteMessage.attribute(message, RouteMessage.IFA_LOCAL, address.octets());
        RouteMessage.attribute(message, RouteMessage.IFA_ADDRESS, address.octets());
    }

    private ByteBuffer begin(int type, int flags) throws IOException {
        socket.ensureOpen();
        ByteBuffer message = socket.memory().buffer();
        message.clear();
        return message.putInt(0).putShort((short) type).putShort((short) (flags | RouteMessage.NLM_F_REQUEST))
            .putInt(++sequence).putInt(0);
    }

    private static void putNamespace(ByteBuffer message, int namespace) {
        if (namespace != HERE) {
            RouteMessage.attribute(message, RouteMessage.IFLA_TARGET_NETNSID, namespace);
        }
    }

    /** Sends the message and returns the link that the answer describes. */
    private LinkState ask(Object link, int namespace) throws IOException {
        String call = "RTM_GETLINK of interface " + link;
        int at = transact(call);
        ByteBuffer answer = socket.memory().buffer();
        if (namespace != HERE && RouteMessage.find(answer, at + RouteMessage.NLMSG_HEADER + RouteMessage.IFINFOMSG,
            at + answer.getInt(at), RouteMessage.IFLA_TARGET_NETNSID) < 0) {
            throw new SystemCallException(call, Errno.EOPNOTSUPP.number(),
                "this kernel does not tell of interfaces in other network namespaces, which came with Linux 4.15");
        }
        return RouteMessage.link(answer, at);
    }

    /** Sends the message and returns where the answer to it starts; -1 for an acknowledgement. */
    private int transact(String call) throws IOException {
        socket.send(call);
        while (true) {
            int received = socket.receive(call);
            ByteBuffer message = socket.memory().buffer();
            for (int at = 0; isMessage(message, at, received); at += RouteMessage.align(message.getInt(at))) {
                if (message.getInt(at + RouteMessage.SEQUENCE) != sequence) {
                    continue;
                }
                if (message.getShort(at + RouteMessage.TYPE) != RouteMessage.NLMSG_ERROR) {
                    return at;
                }
                SystemCalls.check(call, message.getInt(at + RouteMessage.NLMSG_HEADER));
                return -1;
            }
        }
    }

    /** Sends the message and adds the addresses that the answer lists; returns whether the list is consistent. */
    private boolean list(String call, int index, List<LinkAddress> addresses) throws IOException {
        socket.send(call);
        boolean consistent = true;
        while (true) {
            int received = socket.receive(call);
            ByteBuffer message = socket.memory().buffer();
            for (int at = 0; isMessage(message, at, received); at += RouteMessage.align(message.getInt(at))) {
                if (message.getInt(at + RouteMessage.SEQUENCE) != sequence) {
                    continue;
                }
                consistent &= (message.getShort(at + RouteMessage.FLAGS) & RouteMessage.NLM_F_DUMP_INTR) == 0;
                switch (message.getShort(at + RouteMessage.TYPE)) {
                    case RouteMessage.NLMSG_DONE -> {
                        return consistent;
                    }
                    case RouteMessage.NLMSG_ERROR ->
                        SystemCalls.check(call, message.getInt(at + RouteMessage.NLMSG_HEADER));
                    case RouteMessage.RTM_NEWADDR -> {
                        LinkAddress address = RouteMessage.address(message, at, index);
                        if (address != null) {
                            addresses.add(address);
                        }
                    }
                    default -> { }
                }
            }
        }
    }

    private static boolean isMessage(ByteBuffer message, int at, int end) {
        return at + RouteMessage.NLMSG_HEADER <= end && message.getInt(at) >= RouteMessage.NLMSG_HEADER;
    }

    @Override
    public synchronized void close() {
        socket.close();
    }
}
