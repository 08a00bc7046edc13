/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

import static org.assertj.core.api.Assertions.assertThat;

/** Several threads use one table, as ports on several event loops do. */
@Timeout(60)
class MacTableStressTest {
    private static final int THREADS = 4;

    private static void inParallel(IntConsumer body) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int index = i;
                running.add(threads.submit(() -> {
                    start.await();
                    body.accept(index);
                    return null;
                }));
            }
            for (Future<?> thread : running) {
                thread.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertConsistent(MacTable table, int now) {
        List<MacTable.Entry> stations = table.snapshot(now);
        assertThat(stations).extracting(MacTable.Entry::address).doesNotHaveDuplicates();
        table.removeAged(now);
        assertThat(table.size()).isEqualTo(stations.size());
    }

    /** The port of address a is always a % 7 or a % 7 + 100. Any other port would be a mixture of two entries. */
    @Test
    void noEntryIsEverTorn() throws Exception {
        MacTable table = new MacTable(64, 3);
        AtomicBoolean torn = new AtomicBoolean();
        inParallel(thread -> {
            SplittableRandom random = new SplittableRandom(thread);
            for (int i = 0; i < 400_000; i++) {
                // Sixty stations send at a time, and seven are replaced every second. They are learned, move, age, and
                // are refused while the table still has the earlier ones.
                int now = i / 2000;
                long source = 1 + (now * 7 + random.nextInt(60)) % 199;
                table.learn(source, (int) (source % 7) + (random.nextBoolean() ? 100 : 0), now);
                long destination = random.nextInt(1, 200);
                int port = table.lookup(destination, now);
                if (port != MacTable.UNKNOWN && port % 100 != destination % 7) {
                    torn.set(true);
                }
                if (i % 5000 == 0) {
                    table.removePort((int) (source % 7));
                    table.removeAged(now);
                }
            }
        });
        assertThat(torn).isFalse();
        assertThat(table.learned()).isGreaterThan(64);
        assertThat(table.moved()).isPositive();
        assertThat(table.refused()).isPositive();
        assertThat(table.aged()).isPositive();
        assertThat(table.size()).isLessThanOrEqualTo(64);
        assertConsistent(table, 199);
    }

    /** A new station that is heard on every port at once must have one slot in the end. */
    @Test
    void aStationHeardOnAllPortsAtOnceIsEnteredOnce() throws Exception {
        MacTable table = new MacTable(1 << 16, 300);
        int stations = 50_000;
        inParallel(thread -> {
            for (int i = 1; i <= stations; i++) {
                table.learn(i, thread, 0);
            }
        });
        assertConsistent(table, 0);
        assertThat(table.size()).isEqualTo(stations);
        assertThat(table.learned()).isEqualTo(stations);
        assertThat(table.refused()).isZero();
    }

    /**
     * After learning, a thread checks the port again and removes the entry if the port is down. A thread that sets a
     * port down removes its entries. One of them sees the change of the other.
     */
    @Test
    void aPortThatGoesDownWhileOthersLearnLeavesNoStation() throws Exception {
        MacTable table = new MacTable(1024, 300);
        AtomicBoolean up = new AtomicBoolean();
        AtomicBoolean left = new AtomicBoolean();
        CyclicBarrier round = new CyclicBarrier(THREADS);
        inParallel(thread -> {
            for (int i = 0; i < 200; i++) {
                if (thread == 0) {
                    up.set(true);
                }
                await(round);
                if (thread == 0) {
                    while (table.size() < 1 + i % 40) {
                        Thread.yield();
                    }
                    up.set(false);
                    table.removePort(7);
                } else {
                    for (long station = thread; up.get(); station = station % 1000 + 1) {
                        table.learn(station, 7, 0);
                        if (!up.get()) {
                            table.remove(station, 7);
                        }
                    }
                }
                await(round);
                if (thread == 0 && table.size() != 0) {
                    left.set(true);
                    table.removePort(7);
                }
            }
        });
        assertThat(left).isFalse();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFloodOfMadeUpAddressesLeavesThoseThatTalkAlone() throws Exception {
        int known = 200;
        MacTable table = new MacTable(256, 2);
        for (int i = 1; i <= known; i++) {
            table.learn(i, i % 5, 0);
        }
        AtomicBoolean lost = new AtomicBoolean();
        inParallel(thread -> {
            SplittableRandom random = new SplittableRandom(thread);
            for (int i = 0; i < 200_000; i++) {
                if (thread == 0) {
                    int station = i % known + 1;
                    table.learn(station, station % 5, 0);
                    int other = random.nextInt(1, known + 1);
                    if (table.lookup(other, 0) != other % 5) {
                        lost.set(true);
                    }
                } else {
                    table.learn(random.nextLong() & 0xfcff_ffff_ffffL | 0x0200_0000_0000L, 9, 0);
                }
            }
        });
        assertThat(lost).isFalse();
        assertThat(table.size()).isEqualTo(256);
        assertThat(table.refused()).isGreaterThan(100_000);
        assertConsistent(table, 0);
    }
}
