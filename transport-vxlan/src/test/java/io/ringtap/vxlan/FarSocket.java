/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vxlan;

import io.ringtap.internal.udp.SocketName;
import io.ringtap.internal.udp.Udp;
import io.ringtap.internal.udp.UdpSocket;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The other end of a tunnel, played by a test: a socket that receives, and one that sends from the same address. */
final class FarSocket implements AutoCloseable {
    private static final int POLLIN = 1;
    private static final int IPPROTO_IP = 0;
    private static final int IP_TOS = 1;
    private static final int LONGEST = 65536;

    private final UdpSocket receiver;
    private final UdpSocket sender;
    private final NativeMemory memory = NativeMemory.allocate(LONGEST);
    private final NativeMemory poll = NativeMemory.allocate(8);
    private final NativeMemory time = NativeMemory.allocate(16);

    private FarSocket(UdpSocket receiver, UdpSocket sender) {
        this.receiver = receiver;
        this.sender = sender;
    }

    /**
     * In the far namespace.
     *
     * @param address of the far end
     * @param to of the near end
     */
    static FarSocket open(Underlay underlay, String address, String to) throws IOException {
        InetAddress local = Underlay.address(address);
        boolean ipv6 = address.indexOf(':') >= 0;
        return NetworkNamespace.call(underlay.far.name(), () -> {
            UdpSocket receiver = UdpSocket.open(ipv6);
            receiver.setBuffer(Udp.SO_RCVBUF, 8 << 20);
            receiver.bind(new InetSocketAddress(local, VxlanAddress.DEFAULT_PORT));
            UdpSocket sender = UdpSocket.open(ipv6);
            sender.bind(new InetSocketAddress(local, 0));
            NativeMemory name =
                SocketName.of(new InetSocketAddress(Underlay.address(to), VxlanAddress.DEFAULT_PORT));
            SystemCalls.check("connect", sender.connect(name));
            return new FarSocket(receiver, sender);
        });
    }

    /** Sets the traffic class of what is sent over IPv4 from now on. */
    void setTrafficClass(int value) throws IOException {
        memory.buffer().order(ByteOrder.nativeOrder()).putInt(0, value);
        SystemCalls.check("setsockopt(IP_TOS)",
            SystemCalls.setsockopt(sender.descriptor(), IPPROTO_IP, IP_TOS, memory.address(), Integer.BYTES));
    }

    /** A frame behind the header of a network. */
    static ByteBuffer datagram(int vni, byte[] frame) {
        return ByteBuffer.allocate(8 + frame.length).putInt(0x0800_0000).putInt(vni << 8).put(frame).flip();
    }

    void send(ByteBuffer datagram) throws IOException {
        int length = datagram.remaining();
        memory.buffer().put(0, datagram.array(), 0, length);
        long sent = SystemCalls.send(sender.descriptor(), memory.address(), length, 0);
        if (Errno.ECONNREFUSED.is(sent)) {
            // Of a datagram that came before the channel was bound, or after it was closed.
            sent = SystemCalls.send(sender.descriptor(), memory.address(), length, 0);
        }
        SystemCalls.check("send", (int) sent);
    }

    /** The next frame of a network, {@code null} if there is none in time. */
    byte[] receive(int vni, long timeoutMillis) throws IOException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (true) {
            long n = SystemCalls.recv(receiver.descriptor(), memory, 0);
            if (n > 8 && memory.buffer().order(ByteOrder.BIG_ENDIAN).getLong(0)
                == 0x0800_0000_0000_0000L + ((long) vni << 8)) {
                byte[] frame = new byte[(int) n - 8];
                memory.buffer().get(8, frame);
                return frame;
            }
            long left = deadline - System.nanoTime();
            if (n < 0 && left <= 0) {
                return null;
            }
            if (n < 0) {
                poll.buffer().putInt(0, receiver.descriptor()).putInt(4, 0).putShort(4, (short) POLLIN);
                time.buffer().putLong(0, left / 1_000_000_000).putLong(8, left % 1_000_000_000);
                SystemCalls.poll(poll, 1, time);
            }
        }
    }

    @Override
    public void close() {
        receiver.close();
        sender.close();
        memory.free();
        poll.free();
        time.free();
    }
}
