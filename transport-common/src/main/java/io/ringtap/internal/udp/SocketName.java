/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.udp;

import io.ringtap.internal.unix.NativeMemory;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** struct sockaddr_in and struct sockaddr_in6 of Linux. Any thread. */
public final class SocketName {
    /** Bytes of the longer one. */
    public static final int LONGEST = 28;

    private static final int IPV4 = 16;
    private static final int PORT = 2;
    private static final int ADDRESS4 = 4;
    private static final int ADDRESS6 = 8;
    private static final int SCOPE = 24;

    private SocketName() {
    }

    /** A struct of its own. */
    public static NativeMemory of(InetSocketAddress address) {
        NativeMemory name = NativeMemory.allocate(length(address.getAddress()));
        put(name.buffer(), 0, address.getAddress(), address.getPort());
        return name;
    }

    /** The bytes of the struct of an address. */
    public static int length(InetAddress address) {
        return address instanceof Inet4Address ? IPV4 : LONGEST;
    }

    /** Writes an address and a port. */
    public static void put(ByteBuffer words, int at, InetAddress address, int port) {
        for (int i = 0; i < length(address); i++) {
            words.put(at + i, (byte) 0);
        }
        boolean v4 = address instanceof Inet4Address;
        words.putShort(at, (short) (v4 ? Udp.AF_INET : Udp.AF_INET6));
        // In network byte order.
        words.put(at + PORT, (byte) (port >> 8)).put(at + PORT + 1, (byte) port);
        byte[] octets = address.getAddress();
        for (int i = 0; i < octets.length; i++) {
            words.put(at + (v4 ? ADDRESS4 : ADDRESS6) + i, octets[i]);
        }
        if (address instanceof Inet6Address v6) {
            words.putInt(at + SCOPE, v6.getScopeId());
        }
    }

    /** The upper 64 bits of the address in a struct; 0 for IPv4. */
    public static long high(ByteBuffer words, int at) {
        return words.getShort(at) == Udp.AF_INET6 ? bigEndian(words, at + ADDRESS6, 8) : 0;
    }

    /** The lower 64 bits of the address in a struct; those of IPv4 as in an address that is mapped to IPv6. */
    public static long low(ByteBuffer words, int at) {
        return words.getShort(at) == Udp.AF_INET6 ? bigEndian(words, at + ADDRESS6 + 8, 8)
            : mapped(bigEndian(words, at + ADDRESS4, 4));
    }

    /** {@link #high(ByteBuffer, int)} of an address. */
    public static long high(InetAddress address) {
        return address instanceof Inet4Address ? 0 : ByteBuffer.wrap(address.getAddress()).getLong();
    }

    /** {@link #low(ByteBuffer, int)} of an address. */
    public static long low(InetAddress address) {
        ByteBuffer octets = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address ? mapped(Integer.toUnsignedLong(octets.getInt())) : octets.getLong(8);
    }

    /** The address of two halves. */
    public static InetAddress address(long high, long low) {
        boolean v4 = high == 0 && low >>> 32 == 0xffff;
        byte[] octets = v4 ? ByteBuffer.allocate(4).putInt((int) low).array()
            : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 octets are an address", e);
        }
    }

    private static long mapped(long ipv4) {
        return 0xffffL << 32 | ipv4;
    }

    private static long bigEndian(ByteBuffer words, int at, int octets) {
        long value = 0;
        for (int i = 0; i < octets; i++) {
            value = value << 8 | words.get(at + i) & 0xff;
        }
        return value;
    }
}
