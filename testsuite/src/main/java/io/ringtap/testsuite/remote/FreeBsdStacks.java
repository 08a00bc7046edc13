/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite.remote;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two network stacks of one FreeBSD machine, its own and that of a jail, with a tap each, which talk to each other
 * through whatever a test puts between the taps. They count every wrong checksum.
 */
public final class FreeBsdStacks implements Closeable {
    private static final int CHUNK = 1 << 16;
    private static final int PATIENCE_SECONDS = 30;
    /** Where counters stand in the structs of netinet/tcp_var.h, udp_var.h and ip_var.h, in 64-bit numbers. */
    private static final int TCP_BAD_CHECKSUM = 31;
    private static final int UDP_BAD_CHECKSUM = 2;
    private static final int IP_BAD_CHECKSUM = 1;

    private final FreeBsdMachine machine;
    private final FreeBsdInterface near;
    private final FreeBsdInterface far;
    private final FreeBsdJail jail;
    private InetAddress there;
    /** Another for each connection, as the kernel keeps one that has ended for a while. */
    private int port = 4711;

    private FreeBsdStacks(FreeBsdMachine machine, FreeBsdInterface near, FreeBsdInterface far, FreeBsdJail jail) {
        this.machine = machine;
        this.near = near;
        this.far = far;
        this.jail = jail;
    }

    /**
     * Makes both, with taps that nobody has opened yet.
     *
     * @param units the next numbers of taps
     */
    public static FreeBsdStacks create(FreeBsdMachine machine, AtomicInteger units) throws IOException {
        FreeBsdInterface near = FreeBsdInterface.create(machine, "tap", units);
        try {
            FreeBsdInterface far = FreeBsdInterface.create(machine, "tap", units);
            try {
                return new FreeBsdStacks(machine, near, far, FreeBsdJail.create(machine));
            } catch (Throwable e) {
                far.close();
                throw e;
            }
        } catch (Throwable e) {
            near.close();
            throw e;
        }
    }

    /** The tap of the machine itself. */
    public FreeBsdInterface near() {
        return near;
    }

    /** The tap that {@link #address} moves into the jail. */
    public FreeBsdInterface far() {
        return far;
    }

    /**
     * Moves the far tap into the jail, and gives each stack an address. Both taps are open: a tap that is closed loses
     * its addresses.
     */
    public void address(boolean ipv6) throws Exception {
        there = InetAddress.getByName(ipv6 ? "fd98::2" : "10.98.0.2");
        int prefixLength = ipv6 ? 64 : 24;
        jail.take(far);
        near.addAddress(InetAddress.getByName(ipv6 ? "fd98::1" : "10.98.0.1"), prefixLength, null);
        jail.call(() -> {
            far.addAddress(there, prefixLength, null);
            return null;
        });
    }

    /** Sends bytes from one stack to the other over TCP; fails if others arrive, or a checksum was found wrong. */
    public void transfer(int length) throws Exception {
        port++;
        List<Long> before = badChecksums();
        List<Long> beforeThere = jail.call(this::badChecksums);
        byte[] data = new byte[length];
        new Random(1).nextBytes(data);
        try (FreeBsdSocket server = jail.call(() -> FreeBsdSocket.listen(machine, there, port));
             FreeBsdSocket client = FreeBsdSocket.connect(machine, there, port);
             FreeBsdSocket accepted = server.accept()) {
            FutureTask<Void> sending = new FutureTask<>(() -> {
                for (int at = 0; at < data.length; at += CHUNK) {
                    byte[] chunk = new byte[Math.min(CHUNK, data.length - at)];
                    System.arraycopy(data, at, chunk, 0, chunk.length);
                    client.write(chunk);
                }
                return null;
            });
            new Thread(sending, "sender").start();
            accepted.setPatience(PATIENCE_SECONDS);
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            while (got.size() < data.length) {
                byte[] some = accepted.read(CHUNK);
                assertThat(some).as("after %d bytes", got.size()).isNotEmpty();
                got.write(some);
            }
            assertThat(got.toByteArray()).isEqualTo(data);
            sending.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(badChecksums()).as("bad checksums of TCP, UDP and IP").isEqualTo(before);
        assertThat(jail.call(this::badChecksums)).as("the same in the jail").isEqualTo(beforeThere);
    }

    private List<Long> badChecksums() throws IOException {
        return List.of(machine.sysctl("net.inet.tcp.stats").getLong(TCP_BAD_CHECKSUM * Long.BYTES),
            machine.sysctl("net.inet.udp.stats").getLong(UDP_BAD_CHECKSUM * Long.BYTES),
            machine.sysctl("net.inet.ip.stats").getLong(IP_BAD_CHECKSUM * Long.BYTES));
    }

    /** Removes both; to be called when the taps are closed, as destroying one waits for that. */
    @Override
    public void close() throws IOException {
        try (near; far) {
            jail.close();
        }
    }
}
