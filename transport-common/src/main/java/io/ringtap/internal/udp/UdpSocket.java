/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCallException;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A UDP socket of Linux that does not block, in the network namespace of the thread that opens it. Setting and asking
 * are safe for any thread, also after the close.
 */
public final class UdpSocket {
    private final int fd;
    private final boolean ipv6;
    private final NativeMemory value;
    private boolean closed;

    private UdpSocket(int fd, boolean ipv6, NativeMemory value) {
        this.fd = fd;
        this.ipv6 = ipv6;
        this.value = value;
    }

    /** Opens a socket of one address family, which is not bound. */
    public static UdpSocket open(boolean ipv6) throws IOException {
        NativeMemory value = NativeMemory.allocate(Udp.MEMINFO);
        UdpSocket socket = null;
        try {
            int fd = SystemCalls.check("socket(" + (ipv6 ? "AF_INET6" : "AF_INET") + ", SOCK_DGRAM)",
                SystemCalls.nonBlockingSocket(ipv6 ? Udp.AF_INET6 : Udp.AF_INET, Udp.SOCK_DGRAM, 0));
            socket = new UdpSocket(fd, ipv6, value);
            if (ipv6) {
                socket.set(Udp.IPPROTO_IPV6, Udp.IPV6_V6ONLY, 1, "IPV6_V6ONLY");
            }
            return socket;
        } catch (Throwable e) {
            if (socket == null) {
                value.free();
            } else {
                socket.close();
            }
            throw e;
        }
    }

    /** The descriptor, while the socket is open. */
    public int descriptor() {
        return fd;
    }

    /** Whether its addresses are those of IPv6. */
    public boolean isIpv6() {
        return ipv6;
    }

    /** Binds it; port 0 lets the system choose one. */
    public void bind(InetSocketAddress address) throws IOException {
        NativeMemory name = SocketName.of(address);
        try {
            int result = SystemCalls.bind(fd, name);
            if (result < 0) {
                String advice = null;
                if (Errno.EADDRINUSE.is(result)) {
                    advice = "another socket has this address and port: 'ss -ulnp' shows which; a vxlan device of the"
                        + " kernel that is up has its dstport";
                } else if (Errno.EADDRNOTAVAIL.is(result)) {
                    advice = "this host, or its network namespace, has no such address: 'ip address' lists those that"
                        + " there are";
                }
                throw new SystemCallException("bind(" + address.getAddress().getHostAddress() + ", port "
                    + address.getPort() + ")", -result, advice);
            }
        } finally {
            name.free();
        }
    }

    /** Lets other sockets bind the same address, for groups. */
    public void shareAddress() throws IOException {
        set(Udp.SOL_SOCKET, Udp.SO_REUSEADDR, 1, "SO_REUSEADDR");
    }

    /** Joins a multicast group by the interface of an index, 0 for the one that the route to it has. */
    public void join(InetAddress group, int index) throws IOException {
        NativeMemory request = NativeMemory.allocate(ipv6 ? 20 : 12);
        try {
            byte[] octets = group.getAddress();
            for (int i = 0; i < octets.length; i++) {
                request.buffer().put(i, octets[i]);
            }
            // struct ipv6_mreq, or ip_mreqn with the address of an interface in the middle.
            request.buffer().putInt(ipv6 ? 16 : 8, index);
            SystemCalls.check("setsockopt(join " + group.getHostAddress() + ")", SystemCalls.setsockopt(fd, level(),
                ipv6 ? Udp.IPV6_ADD_MEMBERSHIP : Udp.IP_ADD_MEMBERSHIP, request));
        } finally {
            request.free();
        }
    }

    /** Sets by which interface datagrams to groups leave, and that they do not come back to this host. */
    public void sendToGroups(int index, int hops) throws IOException {
        if (ipv6) {
            set(level(), Udp.IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF");
        } else if (index != 0) {
            NativeMemory request = NativeMemory.allocate(12);
            try {
                request.buffer().putInt(8, index);
                SystemCalls.check("setsockopt(IP_MULTICAST_IF)",
                    SystemCalls.setsockopt(fd, level(), Udp.IP_MULTICAST_IF, request));
            } finally {
                request.free();
            }
        }
        set(level(), ipv6 ? Udp.IPV6_MULTICAST_LOOP : Udp.IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
        set(level(), ipv6 ? Udp.IPV6_MULTICAST_HOPS : Udp.IP_MULTICAST_TTL, hops, "IP_MULTICAST_TTL");
    }

    /** Sets how many routers a datagram passes at most. */
    public void setHops(int hops) throws IOException {
        set(level(), ipv6 ? Udp.IPV6_UNICAST_HOPS : Udp.IP_TTL, hops, "IP_TTL");
    }

    /** Sets whether a datagram may not be fragmented, here or on its way. */
    public void setDontFragment(boolean whole) throws IOException {
        set(level(), ipv6 ? Udp.IPV6_MTU_DISCOVER : Udp.IP_MTU_DISCOVER,
            whole ? Udp.PMTUDISC_DO : Udp.PMTUDISC_DONT, "IP_MTU_DISCOVER");
    }

    /** Has errors that routers and receivers report kept in the error queue, see {@link SocketErrors}. */
    public void keepErrors() throws IOException {
        set(level(), ipv6 ? Udp.IPV6_RECVERR : Udp.IP_RECVERR, 1, "IP_RECVERR");
    }

    /** Has each received datagram tell its traffic class. */
    public void tellTrafficClass() throws IOException {
        set(level(), ipv6 ? Udp.IPV6_RECVTCLASS : Udp.IP_RECVTOS, 1, "IP_RECVTOS");
    }

    /** Sends without a checksum. */
    public void omitChecksum() throws IOException {
        if (ipv6) {
            set(Udp.SOL_UDP, Udp.UDP_NO_CHECK6_TX, 1, "UDP_NO_CHECK6_TX");
        } else {
            set(Udp.SOL_SOCKET, Udp.SO_NO_CHECK, 1, "SO_NO_CHECK");
        }
    }

    /** Receives datagrams without a checksum, which IPv6 allows tunnels alone (RFC 6936). */
    public void acceptWithoutChecksum() throws IOException {
        if (ipv6) {
            set(Udp.SOL_UDP, Udp.UDP_NO_CHECK6_RX, 1, "UDP_NO_CHECK6_RX");
        }
    }

    /** Lets datagrams in a row arrive as one; returns whether this kernel can, from Linux 5.0 on. */
    public boolean receiveJoined() throws IOException {
        return trySet(Udp.SOL_UDP, Udp.UDP_GRO, 1) >= 0;
    }

    /**
     * Sets the size of a buffer, beyond the limit of the system if this process may.
     *
     * @param option {@link Udp#SO_RCVBUF} or {@link Udp#SO_SNDBUF}
     */
    public void setBuffer(int option, int bytes) throws IOException {
        if (trySet(Udp.SOL_SOCKET, option == Udp.SO_RCVBUF ? Udp.SO_RCVBUFFORCE : Udp.SO_SNDBUFFORCE, bytes) < 0) {
            set(Udp.SOL_SOCKET, option, bytes, option == Udp.SO_RCVBUF ? "SO_RCVBUF" : "SO_SNDBUF");
        }
    }

    /** The size of a buffer in the bytes that {@link #setBuffer} takes: the kernel tells twice as much. */
    public int buffer(int option) throws IOException {
        return get(Udp.SOL_SOCKET, option, option == Udp.SO_RCVBUF ? "SO_RCVBUF" : "SO_SNDBUF") / 2;
    }

    /**
     * Reads the error of the socket, which has none then.
     *
     * @return a negative error number, or 0
     */
    public int takeError() throws IOException {
        return -get(Udp.SOL_SOCKET, Udp.SO_ERROR, "SO_ERROR");
    }

    /** The MTU of the way to the address that the socket is connected to, as far as the system knows. */
    public int pathMtu() throws IOException {
        return get(level(), ipv6 ? Udp.IPV6_MTU : Udp.IP_MTU, "IP_MTU");
    }

    /** Connects it; 0 or a negative error number. */
    public int connect(NativeMemory name) {
        return SystemCalls.connect(fd, name);
    }

    /** The port that it is bound to. */
    public synchronized int port() throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockname(AF_INET)", SystemCalls.getsockname(fd, value));
        ByteBuffer name = value.buffer();
        return (name.get(2) & 0xff) << 8 | name.get(3) & 0xff;
    }

    /** How many datagrams the system has dropped that found no room in the receive buffer; Linux 4.12. */
    public synchronized long drops() throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockopt(SO_MEMINFO)",
            SystemCalls.getsockopt(fd, Udp.SOL_SOCKET, Udp.SO_MEMINFO, value));
        return Integer.toUnsignedLong(value.buffer().getInt(Udp.MEMINFO_DROPS * Integer.BYTES));
    }

    private int level() {
        return ipv6 ? Udp.IPPROTO_IPV6 : Udp.IPPROTO_IP;
    }

    private synchronized int trySet(int level, int option, int to) throws IOException {
        ensureOpen();
        value.buffer().putInt(0, to);
        return SystemCalls.setsockopt(fd, level, option, value.address(), Integer.BYTES);
    }

    private void set(int level, int option, int to, String name) throws IOException {
        SystemCalls.check("setsockopt(" + name + ")", trySet(level, option, to));
    }

    private synchronized int get(int level, int option, String name) throws IOException {
        ensureOpen();
        value.clear();
        SystemCalls.check("getsockopt(" + name + ")", SystemCalls.getsockopt(fd, level, option, value));
        return value.buffer().getInt(0);
    }

    private void ensureOpen() throws IOException {
        if (closed) {
            throw new IOException("the socket is closed");
        }
    }

    /** Closes it; repeating this is harmless. */
    public synchronized void close() {
        if (!closed) {
            closed = true;
            SystemCalls.close(fd);
            value.free();
        }
    }
}
