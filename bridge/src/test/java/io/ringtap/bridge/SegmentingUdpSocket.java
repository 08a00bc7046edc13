/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.TestLibC;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A UDP socket of Linux that hands the kernel many datagrams at once (UDP_SEGMENT), which Java's sockets cannot. */
final class SegmentingUdpSocket implements Closeable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_BROADCAST = 6;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    private final int fd;

    private SegmentingUdpSocket(int fd) {
        this.fd = fd;
    }

    static SegmentingUdpSocket connect(TestNamespace namespace, InetSocketAddress to, int segment)
        throws IOException {
        return NetworkNamespace.call(namespace.name(), () -> {
            byte[] address = to.getAddress().getAddress();
            boolean four = address.length == 4;
            int fd = SystemCalls.check("socket", SystemCalls.socket(four ? AF_INET : AF_INET6, SOCK_DGRAM, 0));
            SegmentingUdpSocket socket = new SegmentingUdpSocket(fd);
            socket.set(SOL_SOCKET, SO_BROADCAST, 1);
            socket.set(SOL_UDP, UDP_SEGMENT, segment);
            NativeMemory name = NativeMemory.allocate(four ? 16 : 28);
            name.buffer().putShort(0, (short) (four ? AF_INET : AF_INET6));
            ByteBuffer network = name.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
            network.putShort(2, (short) to.getPort()).put(four ? 4 : 8, address);
            SystemCalls.check("connect", TestLibC.INSTANCE.connect(fd, name.address(), name.size()));
            return socket;
        });
    }

    private void set(int level, int option, int value) throws IOException {
        NativeMemory memory = NativeMemory.allocate(4);
        memory.buffer().putInt(0, value);
        SystemCalls.check("setsockopt(" + option + ")",
            TestLibC.INSTANCE.setsockopt(fd, level, option, memory.address(), 4));
    }

    void send(byte[] datagrams) throws IOException {
        NativeMemory memory = NativeMemory.allocate(datagrams.length);
        memory.buffer().put(0, datagrams);
        SystemCalls.check("send", (int) SystemCalls.send(fd, memory.address(), datagrams.length, 0));
    }

    @Override
    public void close() {
        SystemCalls.close(fd);
    }
}
