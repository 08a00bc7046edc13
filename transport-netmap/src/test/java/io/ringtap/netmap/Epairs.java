/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.channel.EventLoopGroup;
import io.ringtap.internal.unix.Errno;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testsuite.TestLoops.TestLoop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Pairs of epair(4), by the ioctls of ifconfig(8): FreeBSD. The numbers are those of {@code sys/sockio.h}. */
final class Epairs implements CardPairs {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final long SIOCIFCREATE2 = 0xc020_697cL;
    private static final long SIOCIFDESTROY = 0x8020_6979L;
    private static final long SIOCGIFFLAGS = 0xc020_6911L;
    private static final long SIOCSIFFLAGS = 0x8020_6910L;
    private static final long SIOCAIFADDR = 0x8044_692bL;
    private static final int IN_ALIASREQ = 68;
    private static final int SOCKADDR = 16;
    /** Behind the name, the address and that of the broadcast. */
    private static final int MASK = 48;
    private static final int IFREQ = 32;
    private static final int IFR_FLAGS = 16;
    private static final int NAME_SIZE = 16;
    private static final short IFF_UP = 1;

    private final int socket = SystemCalls.check("socket", SystemCalls.socket(AF_INET, SOCK_DGRAM, 0));
    private final List<String> first = new ArrayList<>();

    Epairs(int pairs) throws IOException {
        boolean done = false;
        try {
            for (int pair = 0; pair < pairs; pair++) {
                NativeMemory request = request("epair");
                SystemCalls.check("create epair", SystemCalls.ioctl(socket, SIOCIFCREATE2, request));
                first.add(request.getCString(0, NAME_SIZE));
                setUp(name(pair, 0), true);
                setUp(name(pair, 1), true);
            }
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private static NativeMemory request(String name) {
        NativeMemory request = NativeMemory.allocate(IFREQ);
        request.putCString(0, name);
        return request;
    }

    @Override
    public String name(int pair, int end) {
        String name = first.get(pair);
        return end == 0 ? name : name.substring(0, name.length() - 1) + 'b';
    }

    @Override
    public EventLoopGroup newGroup(TestLoop loop) {
        return loop.newGroup(1);
    }

    @Override
    public void setUp(String name, boolean up) throws IOException {
        NativeMemory request = request(name);
        SystemCalls.check("flags of " + name, SystemCalls.ioctl(socket, SIOCGIFFLAGS, request));
        short flags = request.buffer().getShort(IFR_FLAGS);
        request.buffer().putShort(IFR_FLAGS, (short) (up ? flags | IFF_UP : flags & ~IFF_UP));
        SystemCalls.check("flags of " + name, SystemCalls.ioctl(socket, SIOCSIFFLAGS, request));
    }

    /** Gives an interface an IPv4 address of a network of 24 bits. */
    void addAddress(String name, int address) throws IOException {
        NativeMemory alias = NativeMemory.allocate(IN_ALIASREQ);
        alias.putCString(0, name);
        ByteBuffer bytes = alias.buffer();
        bytes.put(NAME_SIZE, (byte) SOCKADDR).put(NAME_SIZE + 1, (byte) AF_INET)
            .putInt(NAME_SIZE + 4, Integer.reverseBytes(address));
        bytes.put(MASK, (byte) SOCKADDR).put(MASK + 1, (byte) AF_INET).putInt(MASK + 4, 0x00ff_ffff);
        SystemCalls.check("address of " + name, SystemCalls.ioctl(socket, SIOCAIFADDR, alias));
    }

    @Override
    public String remove(String name) {
        int result = SystemCalls.ioctl(socket, SIOCIFDESTROY, request(name));
        return result < 0 ? Errno.nameOf(-result) : "";
    }

    @Override
    public boolean has(String name) {
        return SystemCalls.ioctl(socket, SIOCGIFFLAGS, request(name)) >= 0;
    }

    @Override
    public void close() {
        for (String name : first) {
            if (has(name)) {
                remove(name);
            }
        }
        SystemCalls.close(socket);
    }
}
