/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.util.NetUtil;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.OperatingSystem;
import io.ringtap.internal.unix.UnixSocketName;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a stream of frames is: the name of a Unix domain socket, which is a path or an abstract name of Linux with an
 * {@code @} in front, or an IP address and a TCP port. Immutable.
 */
public final class FrameStreamAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;
    private static final Pattern TCP = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([0-9.]+|localhost)):([0-9]{1,5})");
    private static final int MOST_PORT = 65_535;
    private static final int AF_INET = 2;
    private static final int LINUX_AF_INET6 = 10;
    private static final int FREEBSD_AF_INET6 = 28;
    private static final int MACOS_AF_INET6 = 30;
    /** Sizes of struct sockaddr_in and sockaddr_in6, and where the address lies in them. */
    private static final int SOCKADDR_IN = 16;
    private static final int SOCKADDR_IN6 = 28;
    private static final int PORT_AT = 2;
    private static final int INET_AT = 4;
    private static final int INET6_AT = 8;

    /** One of the two is {@code null}. */
    private final UnixSocketName name;
    private final InetSocketAddress tcp;

    /**
     * Reads an address: {@code /run/vm1.sock}, {@code @vm1}, {@code 127.0.0.1:5000}, {@code localhost:5000} or {@code
     * [::1]:5000}. A path that looks like one of the latter is written with {@code ./} in front.
     *
     * @throws IllegalArgumentException if there can be no such socket, for example because the path is longer than the
     *     107 bytes that Linux has room for
     */
    public FrameStreamAddress(String text) {
        Matcher matcher = TCP.matcher(Objects.requireNonNull(text, "text"));
        if (matcher.matches()) {
            String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            tcp = new InetSocketAddress(ipAddress(host.equals("localhost") ? "127.0.0.1" : host),
                port(matcher.group(3)));
            name = null;
        } else {
            name = new UnixSocketName(text);
            tcp = null;
        }
    }

    /** The address of a Unix domain socket, whatever its name looks like. */
    FrameStreamAddress(UnixSocketName name) {
        this.name = name;
        tcp = null;
    }

    private static InetAddress ipAddress(String host) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(host);
        if (octets == null) {
            throw new IllegalArgumentException("'" + host + "' is no IP address");
        }
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }

    private static int port(String digits) {
        int port = Integer.parseInt(digits);
        if (port == 0 || port > MOST_PORT) {
            throw new IllegalArgumentException("'" + digits + "' is no TCP port: 1 to " + MOST_PORT);
        }
        return port;
    }

    /** Whether it is an IP address and a TCP port. */
    public boolean isTcp() {
        return tcp != null;
    }

    /** The name of a Unix domain socket; {@code null} for TCP. */
    UnixSocketName socketName() {
        return name;
    }

    /** The first argument of socket(2). */
    int family() {
        if (tcp == null) {
            return UnixSocketName.AF_UNIX;
        }
        return tcp.getAddress().getAddress().length == Integer.BYTES ? AF_INET
            : OperatingSystem.isLinux() ? LINUX_AF_INET6
            : OperatingSystem.isFreeBsd() ? FREEBSD_AF_INET6 : MACOS_AF_INET6;
    }

    /** The struct sockaddr. */
    NativeMemory toSockaddr() {
        if (tcp == null) {
            return name.toSockaddr();
        }
        byte[] octets = tcp.getAddress().getAddress();
        boolean v4 = octets.length == Integer.BYTES;
        NativeMemory address = NativeMemory.allocate(v4 ? SOCKADDR_IN : SOCKADDR_IN6);
        UnixSocketName.putFamily(address.buffer(), family(), address.size());
        address.buffer().put(v4 ? INET_AT : INET6_AT, octets);
        address.buffer().order(ByteOrder.BIG_ENDIAN).putShort(PORT_AT, (short) tcp.getPort())
            .order(ByteOrder.nativeOrder());
        return address;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof FrameStreamAddress other && Objects.equals(name, other.name)
            && Objects.equals(tcp, other.tcp);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, tcp);
    }

    /** The address as {@link io.ringtap.channel.FramePorts} reads it: {@code stream:/run/vm1.sock}. */
    @Override
    public String toString() {
        return tcp == null ? name.toPort(FrameStreamTransport.PREFIX)
            : FrameStreamTransport.PREFIX + NetUtil.toSocketAddressString(tcp);
    }
}
