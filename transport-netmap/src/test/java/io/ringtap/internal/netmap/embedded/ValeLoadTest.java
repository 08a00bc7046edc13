/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.netmap.embedded.ValeStats;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.internal.netmap.embedded.TestPort.frame;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A switch between ports on several threads. Every frame is received once, or counted as dropped. To run it as a soak
 * test: {@code mvn -pl transport-netmap -am test -Dtest=ValeLoadTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dringtap.vale.frames=10000000}.
 */
class ValeLoadTest {
    private static final int PORTS = 4;
    private static final int FRAMES = Integer.getInteger("ringtap.vale.frames", 1_000_000) / PORTS;
    private static final int BATCH = 64;
    private static final int NUMBER = 14;

    private final JvmNetmap netmap = new JvmNetmap();
    private final AtomicInteger sending = new AtomicInteger(PORTS);

    @Test
    void everyFrameIsReceivedOrCounted() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(PORTS);
        List<TestPort> ports = new ArrayList<>();
        try {
            for (int i = 0; i < PORTS; i++) {
                ports.add(new TestPort(netmap, "vale0:" + i));
            }
            // Each station has been learned, so that the following frames are unicast.
            for (int i = 0; i < PORTS; i++) {
                ports.get(i).send(frame(255, i, 60));
            }
            for (TestPort port : ports) {
                assertThat(port.receive()).hasSize(PORTS - 1);
            }
            ValeStats before = netmap.stats("vale0");
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Long>> received = new ArrayList<>();
            for (int i = 0; i < PORTS; i++) {
                received.add(threads.submit(run(ports.get(i), i, start)));
            }
            start.countDown();
            long total = 0;
            for (Future<Long> one : received) {
                total += one.get(60 + FRAMES / 50_000, TimeUnit.SECONDS);
            }
            for (TestPort port : ports) {
                total += port.receive().size();
            }
            ValeStats after = netmap.stats("vale0");
            long sent = (long) FRAMES * PORTS;
            assertThat(after.frames() - before.frames()).isEqualTo(sent);
            assertThat(after.delivered() - before.delivered()).isEqualTo(total);
            assertThat(total + after.dropped()).isEqualTo(sent);
            assertThat(after.drops().get(ValeDrop.NO_SPACE)).isEqualTo(after.dropped());
            assertThat(total).isPositive();
        } finally {
            ports.forEach(TestPort::close);
            threads.shutdownNow();
        }
    }

    private Callable<Long> run(TestPort port, int me, CountDownLatch start) {
        return () -> {
            start.await();
            ByteBuf frame = Unpooled.wrappedBuffer(frame(0, me, 60));
            int[] last = new int[PORTS];
            long received = 0;
            for (int sent = 0; sent < FRAMES;) {
                for (int i = 0; i < BATCH && sent < FRAMES; i++, sent++) {
                    frame.setByte(5, (me + 1 + sent % (PORTS - 1)) % PORTS);
                    frame.setInt(NUMBER, sent + 1);
                    if (!port.tx().write(frame)) {
                        throw new AssertionError("a switch never makes a sender wait");
                    }
                }
                port.port.txSync();
                received += drain(port, me, last);
            }
            sending.decrementAndGet();
            while (sending.get() > 0) {
                received += drain(port, me, last);
                Thread.onSpinWait();
            }
            return received;
        };
    }

    /** The numbers from each sender only grow: no frame comes twice or late. */
    private static int drain(TestPort port, int me, int[] last) throws NetmapException {
        port.port.rxSync();
        NetmapRxRing ring = port.rx();
        ByteBuf frame = Unpooled.buffer(64);
        int count = 0;
        for (; ring.next() != NetmapRxRing.NONE; count++) {
            frame.clear();
            ring.read(frame);
            ring.release();
            int from = frame.getByte(11);
            int number = frame.getInt(NUMBER);
            if (frame.readableBytes() != 60 || frame.getByte(5) != me || number <= last[from]) {
                throw new AssertionError("frame " + number + " of " + from + " after " + last[from]);
            }
            last[from] = number;
        }
        return count;
    }
}
