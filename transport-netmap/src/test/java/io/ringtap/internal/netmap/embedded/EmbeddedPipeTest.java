/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.internal.netmap.embedded.TestPort.frame;
import static org.assertj.core.api.Assertions.assertThat;

class EmbeddedPipeTest {
    private final JvmNetmap netmap = new JvmNetmap();

    private TestPort open(String name) throws NetmapException {
        return new TestPort(netmap, name);
    }

    @Test
    void carriesBothWays() throws NetmapException {
        try (TestPort a = open("netmap:p{1"); TestPort b = open("netmap:p}1")) {
            a.send(frame(2, 1, 60), frame(2, 1, 5000));
            assertThat(b.receive()).containsExactly(frame(2, 1, 60), frame(2, 1, 5000));
            b.send(frame(1, 2, 14));
            assertThat(a.receive()).containsExactly(frame(1, 2, 14));
        }
    }

    @Test
    void isFullWithOneSlotLessThanItHas() throws NetmapException {
        try (TestPort a = open("netmap:p{1"); TestPort b = open("netmap:p}1")) {
            int sent = 0;
            while (a.tx().write(Unpooled.wrappedBuffer(frame(2, 1, 60)))) {
                sent++;
            }
            assertThat(sent).isEqualTo(1023);
            a.port.txSync();
            assertThat(a.tx().available()).isZero();
            assertThat(b.receive(10)).hasSize(10);
            a.port.txSync();
            assertThat(a.tx().available()).isEqualTo(10);
            assertThat(b.receive()).hasSize(1013);
        }
    }

    @Test
    void publishesWholeFramesOnly() throws NetmapException {
        try (TestPort a = open("netmap:p{1"); TestPort b = open("netmap:p}1"); RawPort raw = new RawPort(a)) {
            raw.slot(0, frame(2, 1, 60), 0);
            raw.slot(1, frame(2, 1, 61), Slot.MOREFRAG);
            raw.head(2);
            a.port.txSync();
            assertThat(b.receive()).containsExactly(frame(2, 1, 60));
            assertThat(b.rx().tail()).isEqualTo(1);
            raw.slot(2, new byte[] {1, 2}, 0);
            raw.head(3);
            a.port.txSync();
            assertThat(b.receive()).singleElement().satisfies(f -> assertThat(f).hasSize(63));
        }
    }

    @Test
    void aSlowReaderStopsTheSenderAndLosesNothing() throws Exception {
        int frames = 100_000;
        try (TestPort a = open("netmap:p{1@conf:slots=64"); TestPort b = open("netmap:p}1")) {
            assertThat(b.rx().slots()).isEqualTo(64);
            AtomicInteger wakes = new AtomicInteger();
            a.port.file().onReady(wakes::incrementAndGet);
            CompletableFuture<Integer> full = CompletableFuture.supplyAsync(() -> {
                try {
                    return sendAll(a, frames);
                } catch (NetmapException e) {
                    throw new IllegalStateException(e);
                }
            });
            int next = 0;
            while (next < frames) {
                for (byte[] frame : b.receive(1 + next % 7)) {
                    assertThat(frame).hasSize(length(next));
                    assertThat(Unpooled.wrappedBuffer(frame).getInt(14)).isEqualTo(next);
                    next++;
                }
            }
            assertThat(full.get()).isPositive();
            assertThat(wakes).hasPositiveValue();
            assertThat(b.receive()).isEmpty();
        }
    }

    private static int length(int number) {
        return number % 97 == 0 ? 5000 : 60 + number % 50;
    }

    private static int sendAll(TestPort port, int frames) throws NetmapException {
        int full = 0;
        for (int i = 0; i < frames; i++) {
            byte[] frame = new byte[length(i)];
            Unpooled.wrappedBuffer(frame).setInt(14, i);
            while (!port.tx().write(Unpooled.wrappedBuffer(frame))) {
                full++;
                port.port.txSync();
                Thread.onSpinWait();
            }
        }
        port.port.txSync();
        return full;
    }

    @Test
    void whatWasSentWaitsForTheOtherEndToOpen() throws NetmapException {
        try (TestPort a = open("vale0:x{q")) {
            a.send(frame(2, 1, 60));
            try (TestPort b = open("vale0:x}q")) {
                assertThat(b.receive()).containsExactly(frame(2, 1, 60));
                b.send(frame(1, 2, 70));
            }
            a.send(frame(2, 1, 80));
            assertThat(a.receive()).containsExactly(frame(1, 2, 70));
            try (TestPort b = open("vale0:x}q")) {
                assertThat(b.receive()).containsExactly(frame(2, 1, 80));
            }
        }
        try (TestPort b = open("vale0:x}q")) {
            assertThat(b.receive()).isEmpty();
        }
    }

    @Test
    void sharesTheMemoryOfItsPort() throws NetmapException {
        try (TestPort port = open("vale0:x"); TestPort a = open("vale0:x{1"); TestPort b = open("vale0:x}1");
             TestPort other = open("vale0:y")) {
            assertThat(a.port.registration().memoryId()).isEqualTo(port.port.registration().memoryId())
                .isEqualTo(b.port.registration().memoryId())
                .isNotEqualTo(other.port.registration().memoryId());
            a.send(frame(2, 1, 60));
            assertThat(b.receive()).hasSize(1);
            assertThat(other.receive()).isEmpty();
        }
    }

    @Test
    void ringsOfTheSlaveAreThoseOfTheMasterTurnedRound() throws NetmapException {
        try (TestPort a = open("netmap:p{1@conf:tx-rings=2,rx-rings=3,tx-slots=16,rx-slots=32");
             TestPort b = open("netmap:p}1")) {
            assertThat(b.port.txRings()).hasSize(3).allMatch(r -> r.slots() == 32);
            assertThat(b.port.rxRings()).hasSize(2).allMatch(r -> r.slots() == 16);
            a.port.txRings().get(1).write(Unpooled.wrappedBuffer(frame(2, 1, 60)));
            a.port.txSync();
            b.port.rxSync();
            assertThat(b.port.rxRings().get(1).next()).isEqualTo(60);
        }
    }

    @Test
    void noBufferIsLostOrGivenTwice() throws NetmapException {
        try (TestPort port = open("vale0:x")) {
            List<Integer> used = new ArrayList<>();
            EmbeddedMemory memory = (EmbeddedMemory) port.port.memory();
            for (int round = 0; round < 5; round++) {
                try (TestPort a = new TestPort(netmap, "vale0:x{1@conf:slots=16", 7);
                     TestPort b = open("vale0:x}1")) {
                    used.add(memory.usedBuffers());
                    for (int i = 0; i < 5 + round; i++) {
                        a.send(frame(2, 1, 60));
                    }
                    b.receive(2);
                }
                used.add(memory.usedBuffers());
            }
            assertThat(used).containsExactly(2087, 2048, 2087, 2048, 2087, 2048, 2087, 2048, 2087, 2048);
        }
    }
}
