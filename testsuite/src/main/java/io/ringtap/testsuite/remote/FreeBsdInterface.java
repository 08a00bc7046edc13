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
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network interface of a FreeBSD machine that a test has made, and that is destroyed at its end: what {@code
 * ifconfig} does, from outside of the channel that is tested. The thread that calls decides on the network stack.
 * Numbers and structs are from {@code net/if.h}, {@code netinet/in_var.h} and {@code netinet6/in6_var.h}.
 */
public final class FreeBsdInterface implements Closeable {
    private static final int AF_INET = 2;
    private static final int AF_LOCAL = 1;
    private static final int AF_INET6 = 28;
    private static final int SOCK_DGRAM = 2;

    private static final long SIOCIFCREATE = 0xc020_697aL;
    private static final long SIOCIFDESTROY = 0x8020_6979L;
    private static final long SIOCSIFFLAGS = 0x8020_6910L;
    private static final long SIOCGIFFLAGS = 0xc020_6911L;
    private static final long SIOCSIFMTU = 0x8020_6934L;
    private static final long SIOCAIFADDR = 0x8044_692bL;
    private static final long SIOCAIFADDR_IN6 = 0x8088_691bL;
    private static final long SIOCSIFLLADDR = 0x8020_693cL;
    private static final long SIOCSIFNAME = 0x8020_6928L;
    private static final int IFREQ = 32;
    private static final int ATTEMPTS = 100;
    private static final int IFNAMSIZ = 16;
    private static final int IFF_UP = 1;
    private static final int IN_ALIASREQ = 68;
    private static final int IN6_ALIASREQ = 136;
    private static final int INFINITE = -1;
    private static final int IN6_IFF_NODAD = 0x20;

    private final FreeBsdMachine machine;
    private String name;

    private FreeBsdInterface(FreeBsdMachine machine, String name) {
        this.machine = machine;
        this.name = name;
    }

    /**
     * Creates an interface.
     *
     * @param name such as {@code tap71}; {@code epair} and the like get a number from the kernel
     */
    public static FreeBsdInterface create(FreeBsdMachine machine, String name) throws IOException {
        FreeBsdInterface made = new FreeBsdInterface(machine, name);
        ByteBuffer request = made.request(AF_LOCAL, SIOCIFCREATE, IFREQ, bytes -> { });
        int length = 0;
        while (request.get(length) != 0) {
            length++;
        }
        made.name = new String(request.array(), 0, length, StandardCharsets.US_ASCII);
        return made;
    }

    /**
     * Creates an interface of a driver whose number no other has: an earlier run that was killed has left some.
     *
     * @param driver such as {@code tap}
     * @param units gives numbers
     */
    public static FreeBsdInterface create(FreeBsdMachine machine, String driver, AtomicInteger units)
        throws IOException {
        for (int attempt = 1; ; attempt++) {
            FreeBsdInterface made = new FreeBsdInterface(machine, driver + units.getAndIncrement());
            try {
                made.request(AF_LOCAL, SIOCIFCREATE, IFREQ, bytes -> { });
                return made;
            } catch (IOException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** An interface that exists; {@link #close} destroys it too. */
    public static FreeBsdInterface existing(FreeBsdMachine machine, String name) {
        return new FreeBsdInterface(machine, name);
    }

    /** Its name. */
    public String name() {
        return name;
    }

    private interface Argument {
        void put(ByteBuffer request);
    }

    private ByteBuffer request(int family, long number, int size, Argument argument) throws IOException {
        ByteBuffer request = AgentProtocol.allocate(size);
        request.put(0, name.getBytes(StandardCharsets.US_ASCII));
        argument.put(request);
        long socket = FreeBsdMachine.check("socket", machine.call(FreeBsdCalls.SOCKET, family, SOCK_DGRAM, 0));
        try {
            FreeBsdMachine.check("ioctl(0x" + Long.toHexString(number) + ", " + name + ")",
                machine.call(FreeBsdCalls.IOCTL, request.array(), 2, socket, number, 0));
        } finally {
            machine.call(FreeBsdCalls.CLOSE, socket);
        }
        return request;
    }

    /** The flags of {@code net/if.h}. */
    public int flags() throws IOException {
        ByteBuffer request = request(AF_LOCAL, SIOCGIFFLAGS, IFREQ, bytes -> { });
        return request.getShort(IFNAMSIZ) & 0xffff | request.getShort(IFNAMSIZ + 2) << 16;
    }

    /** Sets it up or down. */
    public void setUp(boolean up) throws IOException {
        int flags = up ? flags() | IFF_UP : flags() & ~IFF_UP;
        request(AF_LOCAL, SIOCSIFFLAGS, IFREQ,
            bytes -> bytes.putShort(IFNAMSIZ, (short) flags).putShort(IFNAMSIZ + 2, (short) (flags >>> 16)));
    }

    /** Whether it is up. */
    public boolean isUp() throws IOException {
        return (flags() & IFF_UP) != 0;
    }

    /** Sets the MTU. */
    public void setMtu(int mtu) throws IOException {
        request(AF_LOCAL, SIOCSIFMTU, IFREQ, bytes -> bytes.putInt(IFNAMSIZ, mtu));
    }

    /** Renames it. */
    public void rename(String other) throws IOException {
        byte[] text = (other + '\0').getBytes(StandardCharsets.US_ASCII);
        RemoteCall call = machine.newCall(FreeBsdCalls.IOCTL);
        ByteBuffer request = AgentProtocol.allocate(IFREQ);
        request.put(0, name.getBytes(StandardCharsets.US_ASCII)).putLong(IFNAMSIZ, call.in(text));
        long socket = FreeBsdMachine.check("socket", machine.call(FreeBsdCalls.SOCKET, AF_LOCAL, SOCK_DGRAM, 0));
        try {
            FreeBsdMachine.check("ioctl(SIOCSIFNAME, " + name + ")",
                call.execute(socket, SIOCSIFNAME, call.in(request.array())));
        } finally {
            machine.call(FreeBsdCalls.CLOSE, socket);
        }
        name = other;
    }

    /** Sets the MAC address. */
    public void setMac(byte[] mac) throws IOException {
        request(AF_LOCAL, SIOCSIFLLADDR, IFREQ, bytes -> bytes.put(IFNAMSIZ, (byte) mac.length)
            .put(IFNAMSIZ + 1, (byte) 18).put(IFNAMSIZ + 2, mac));
    }

    /**
     * Adds an IP address, which sets it up as well.
     *
     * @param peer the other end of a point-to-point interface, {@code null} on any other
     */
    public void addAddress(InetAddress address, int prefixLength, InetAddress peer) throws IOException {
        if (address instanceof Inet4Address) {
            request(AF_INET, SIOCAIFADDR, IN_ALIASREQ, bytes -> {
                putIpv4(bytes, IFNAMSIZ, address.getAddress());
                if (peer != null) {
                    putIpv4(bytes, IFNAMSIZ + 16, peer.getAddress());
                }
                putIpv4(bytes, IFNAMSIZ + 32, mask(4, prefixLength));
            });
        } else {
            request(AF_INET6, SIOCAIFADDR_IN6, IN6_ALIASREQ, bytes -> {
                putIpv6(bytes, IFNAMSIZ, address.getAddress());
                if (peer != null) {
                    putIpv6(bytes, IFNAMSIZ + 28, peer.getAddress());
                }
                putIpv6(bytes, IFNAMSIZ + 56, mask(16, prefixLength));
                bytes.putInt(100, IN6_IFF_NODAD).putInt(120, INFINITE).putInt(124, INFINITE);
            });
        }
    }

    private static byte[] mask(int octets, int prefixLength) {
        byte[] mask = new byte[octets];
        for (int bit = 0; bit < prefixLength; bit++) {
            mask[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        return mask;
    }

    private static void putIpv4(ByteBuffer bytes, int at, byte[] address) {
        bytes.put(at, (byte) 16).put(at + 1, (byte) AF_INET).put(at + 4, address);
    }

    private static void putIpv6(ByteBuffer bytes, int at, byte[] address) {
        bytes.put(at, (byte) 28).put(at + 1, (byte) AF_INET6).put(at + 8, address);
    }

    /** Destroys it. This waits until nobody has its device open any more. */
    @Override
    public void close() throws IOException {
        request(AF_LOCAL, SIOCIFDESTROY, IFREQ, bytes -> { });
    }
}
