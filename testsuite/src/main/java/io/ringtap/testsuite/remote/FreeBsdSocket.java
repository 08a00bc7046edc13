/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.Closeable;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * A socket of the network stack of a FreeBSD machine, or of the jail that the thread is in which makes it. Its calls
 * wait, and any thread may make them.
 */
public final class FreeBsdSocket implements Closeable {
    private static final int SYS_ACCEPT = 30;
    private static final int SYS_LISTEN = 106;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 28;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_RAW = 3;
    private static final int SOL_SOCKET = 0xffff;
    private static final int SO_RCVTIMEO = 0x1006;
    private static final int EAGAIN = 35;
    private static final int TIMEVAL = 16;

    private final FreeBsdMachine machine;
    private final long fd;

    private FreeBsdSocket(FreeBsdMachine machine, long fd) {
        this.machine = machine;
        this.fd = fd;
    }

    private static FreeBsdSocket open(FreeBsdMachine machine, InetAddress address, int type, int protocol)
        throws IOException {
        return new FreeBsdSocket(machine, FreeBsdMachine.check("socket", machine.call(FreeBsdCalls.SOCKET,
            address instanceof Inet4Address ? AF_INET : AF_INET6, type, protocol)));
    }

    /** One that accepts connections of TCP. */
    public static FreeBsdSocket listen(FreeBsdMachine machine, InetAddress address, int port) throws IOException {
        FreeBsdSocket socket = open(machine, address, SOCK_STREAM, 0);
        byte[] name = name(address, port);
        FreeBsdMachine.check("bind", machine.call(FreeBsdCalls.BIND, name, 1, socket.fd, 0, name.length));
        FreeBsdMachine.check("listen", machine.call(SYS_LISTEN, socket.fd, 1));
        return socket;
    }

    /** One that is connected by TCP. */
    public static FreeBsdSocket connect(FreeBsdMachine machine, InetAddress address, int port) throws IOException {
        FreeBsdSocket socket = open(machine, address, SOCK_STREAM, 0);
        byte[] name = name(address, port);
        FreeBsdMachine.check("connect", machine.call(FreeBsdCalls.CONNECT, name, 1, socket.fd, 0, name.length));
        return socket;
    }

    /** A raw socket of an IP protocol, whose packets go to one address. */
    public static FreeBsdSocket raw(FreeBsdMachine machine, InetAddress address, int protocol) throws IOException {
        FreeBsdSocket socket = open(machine, address, SOCK_RAW, protocol);
        byte[] name = name(address, 0);
        FreeBsdMachine.check("connect", machine.call(FreeBsdCalls.CONNECT, name, 1, socket.fd, 0, name.length));
        return socket;
    }

    private static byte[] name(InetAddress address, int port) {
        boolean ipv4 = address instanceof Inet4Address;
        ByteBuffer name = AgentProtocol.allocate(ipv4 ? 16 : 28);
        name.put((byte) name.capacity()).put((byte) (ipv4 ? AF_INET : AF_INET6))
            .putShort(Short.reverseBytes((short) port));
        name.put(ipv4 ? 4 : 8, address.getAddress());
        return name.array();
    }

    /** Waits for a connection. */
    public FreeBsdSocket accept() throws IOException {
        return new FreeBsdSocket(machine, FreeBsdMachine.check("accept", machine.call(SYS_ACCEPT, fd, 0, 0)));
    }

    /** Reads wait for so long. */
    public void setPatience(int seconds) throws IOException {
        byte[] time = AgentProtocol.allocate(TIMEVAL).putLong(seconds).array();
        FreeBsdMachine.check("setsockopt", machine.call(FreeBsdCalls.SETSOCKOPT, time, 3, fd, SOL_SOCKET, SO_RCVTIMEO,
            0, time.length));
    }

    /** Sends all bytes. */
    public void write(byte[] bytes) throws IOException {
        RemoteCall call = machine.newCall(FreeBsdCalls.WRITE);
        long written = FreeBsdMachine.check("write", call.execute(fd, call.in(bytes), bytes.length));
        if (written != bytes.length) {
            throw new IOException(written + " of " + bytes.length + " bytes were written");
        }
    }

    /**
     * Reads what there is.
     *
     * @return {@code null} if nothing came in time; no bytes at the end
     */
    public byte[] read(int most) throws IOException {
        byte[][] got = new byte[1][];
        RemoteCall call = machine.newCall(FreeBsdCalls.READ);
        long at = call.received(most, (result, bytes) -> {
            got[0] = new byte[bytes.capacity()];
            bytes.get(0, got[0]);
        });
        long n = call.execute(fd, at, most);
        if (n == -EAGAIN) {
            return null;
        }
        FreeBsdMachine.check("read", n);
        return got[0];
    }

    @Override
    public void close() throws IOException {
        machine.call(FreeBsdCalls.CLOSE, fd);
    }
}
