/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.loop.FrameLoop;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapChannel;
import io.ringtap.testkit.Await;
import io.ringtap.testsuite.LoopTurns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a bridge does when a port cannot keep up. Rings without channels, at the far ends of pipes, send and receive.
 */
class BridgeBackpressureTest {
    private static final long STATION_A = 0x02_00_00_00_00_0aL;
    private static final long STATION_B = 0x02_00_00_00_00_0bL;
    private static final int LENGTH = 60;
    private static final int NUMBER = 20;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
    private final RecordingListener listener = new RecordingListener();
    private final List<NetmapPort> far = new ArrayList<>();
    private Bridge bridge;

    @AfterEach
    void close() {
        bridge.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        far.forEach(NetmapPort::close);
        assertThat(Netmap.pinnedPorts()).isEmpty();
        assertThat(listener.reports).isEmpty();
    }

    /** A bridge between pipes, whose far ends the test holds. It learns that station B is at the second. */
    private void open(int ports) throws Exception {
        List<FramePort> specs = new ArrayList<>();
        for (int i = 1; i <= ports; i++) {
            specs.add(FramePorts.load().parse(pipe(i, '}') + ",driver=embedded", Set.of()));
        }
        bridge = TestBridges.of(specs, listener);
        bridge.open(group).sync();
        for (int i = 1; i <= ports; i++) {
            far.add(NetmapPort.open(Netmap.embedded(), NetmapAddress.parse(pipe(i, '{')), 0, 0));
        }
        send(1, STATION_B, STATION_A, 0, 1);
        await(0, 1, 0);
    }

    /** The first two ports share a memory region, which has no rings for more ports. */
    private static String pipe(int number, char end) {
        return (number < 3 ? "vale0:bp" : "vale0:third") + end + number;
    }

    private static ByteBuf frame(long from, long to, int number) {
        return Unpooled.buffer(LENGTH).writeLong(to << 16 | from >>> 32).writeInt((int) from).writeShort(0x88b5)
            .writeZero(LENGTH - 14).setInt(NUMBER, number);
    }

    /** Sends frames with increasing numbers from this one on, as many as the ring has room for. */
    private int send(int port, long from, long to, int first, int count) throws Exception {
        NetmapTxRing tx = far.get(port).txRings().get(0);
        int sent = 0;
        far.get(port).txSync();
        while (sent < count && tx.write(frame(from, to, first + sent))) {
            sent++;
        }
        far.get(port).txSync();
        return sent;
    }

    /** Receives frames, and checks that they are numbered from this one on. */
    private void await(int port, int count, int first) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        for (int received = 0; received < count;) {
            assertThat(System.nanoTime()).as("%d of %d frames", received, count).isLessThan(deadline);
            received += receive(port, first + received);
        }
    }

    private int receive(int port, int first) throws Exception {
        NetmapRxRing rx = far.get(port).rxRings().get(0);
        far.get(port).rxSync();
        int received = 0;
        while (rx.next() != NetmapRxRing.NONE) {
            ByteBuf frame = Unpooled.buffer(LENGTH);
            rx.read(frame);
            rx.release();
            assertThat(frame.getInt(NUMBER)).isEqualTo(first + received++);
        }
        // This gives the slots back.
        far.get(port).rxSync();
        return received;
    }

    /**
     * Sends while nobody receives at the far end, until nothing moves any more and the port of the sender is not read.
     */
    private int fill(int count) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int sent = 0;
        for (int idle = 0; sent < count && (idle < 20 || port(0).config().isAutoRead()); idle++) {
            assertThat(System.nanoTime()).as("%d frames sent", sent).isLessThan(deadline);
            int n = send(0, STATION_A, STATION_B, sent, count - sent);
            sent += n;
            idle = n == 0 ? idle : 0;
            // All ports are embedded, so that frames move only in turns of the event loops.
            LoopTurns.settle(group);
        }
        return sent;
    }

    private FrameChannel port(int index) {
        return bridge.ports().get(index).channel();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void ofTwoPortsTheFasterWaits(int rounds) throws Exception {
        open(2);
        int numbered = 0;
        for (int round = 0; round < rounds; round++) {
            int sent = fill(100_000);
            // Both rings are full. At most two read rounds were made of the sender's ring.
            assertThat(sent).isBetween(1023 + 512, 2 * 1023 + 1024);
            assertThat(port(1).stats().txDrops()).isZero();
            await(1, sent, 0);
            numbered += sent;
        }
        assertThat(port(0).stats().rxFrames()).isEqualTo(numbered);
        assertThat(((NetmapChannel) port(0)).copiedFrames()).as("there was a buffer for each").isZero();
        // The port is read again.
        assertThat(send(0, STATION_A, STATION_B, 7, 1)).isEqualTo(1);
        await(1, 1, 7);
        assertThat(port(0).config().isAutoRead()).isTrue();
    }

    @Test
    void theOtherWayIsNotHeldUp() throws Exception {
        open(2);
        int sent = fill(100_000);
        for (int i = 0; i < 10; i++) {
            assertThat(send(1, STATION_B, STATION_A, 100 * i, 100)).isEqualTo(100);
            await(0, 100, 100 * i);
        }
        await(1, sent, 0);
    }

    @Test
    void aPortThatGoesLetsTheOtherBeRead() throws Exception {
        open(2);
        fill(100_000);
        port(1).close().sync();
        Await.await("the other port is read", () -> port(0).config().isAutoRead());
    }

    @Test
    void ofThreePortsASlowOneDropsAndTheOthersGoOn() throws Exception {
        open(3);
        // The slow port has to queue 8 MiB at most.
        int sent = fill(200_000);
        assertThat(sent).isEqualTo(200_000);
        Await.await("all frames are read", () -> port(0).stats().rxFrames() >= sent);
        assertThat(port(1).stats().txDrops(DropReason.CONGESTED)).isPositive();
        assertThat(send(2, STATION_B + 1, STATION_A, 0, 1)).isEqualTo(1);
        await(0, 1, 0);
    }
}
