/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.netmap.embedded.ValeStats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.internal.netmap.embedded.TestPort.frame;
import static org.assertj.core.api.Assertions.assertThat;

class ValeSwitchTest {
    private final JvmNetmap netmap = new JvmNetmap();

    private TestPort open(String name) throws NetmapException {
        return new TestPort(netmap, name);
    }

    @Test
    void floodsUntilItHasLearnedAndThenSendsThere() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b"); TestPort c = open("vale0:c")) {
            byte[] first = frame(2, 1, 60);
            a.send(first);
            assertThat(b.receive()).containsExactly(first);
            assertThat(c.receive()).containsExactly(first);

            byte[] answer = frame(1, 2, 1514);
            b.send(answer);
            assertThat(a.receive()).containsExactly(answer);
            assertThat(c.receive()).isEmpty();

            byte[] second = frame(2, 1, 61);
            a.send(second);
            assertThat(b.receive()).containsExactly(second);
            assertThat(c.receive()).isEmpty();

            ValeStats stats = netmap.stats("vale0");
            assertThat(stats.frames()).isEqualTo(3);
            assertThat(stats.delivered()).isEqualTo(4);
            assertThat(stats.dropped()).isZero();
        }
    }

    @Test
    void broadcastAndMulticastAreFloodedAndNeverComeBack() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b"); TestPort c = open("vale0:c")) {
            byte[] broadcast = frame(255, 1, 60);
            byte[] multicast = frame(2, 1, 60);
            multicast[0] = 1;
            a.send(broadcast, multicast);
            assertThat(a.receive()).isEmpty();
            assertThat(b.receive()).containsExactly(broadcast, multicast);
            assertThat(c.receive()).containsExactly(broadcast, multicast);
        }
    }

    @Test
    void aMulticastSourceIsNotLearned() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            byte[] odd = frame(255, 1, 60);
            odd[6] = 3;
            a.send(odd);
            byte[] back = frame(1, 2, 60);
            back[0] = 3;
            b.send(back);
            assertThat(a.receive()).containsExactly(back);
            assertThat(b.receive()).containsExactly(odd);
        }
    }

    @Test
    void anAddressMovesWithItsStationAndIsForgottenWithItsPort() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort c = open("vale0:c")) {
            try (TestPort b = open("vale0:b")) {
                b.send(frame(255, 2, 60));
                a.receive();
                c.receive();
                a.send(frame(2, 1, 60));
                assertThat(b.receive()).hasSize(1);
                assertThat(c.receive()).isEmpty();
                c.send(frame(255, 2, 60));
                a.send(frame(2, 1, 60));
                assertThat(c.receive()).hasSize(1);
                b.send(frame(255, 2, 60));
            }
            a.receive();
            c.receive();
            a.send(frame(2, 1, 60));
            assertThat(c.receive()).hasSize(1);
        }
    }

    @Test
    void switchesAreApart() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale1:a"); TestPort c = open("vale:a")) {
            a.send(frame(255, 1, 60));
            assertThat(b.receive()).isEmpty();
            assertThat(c.receive()).isEmpty();
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.NO_DESTINATION, 1L);
            assertThat(netmap.stats("vale1").frames()).isZero();
        }
        assertThat(netmap.stats("vale0")).isNull();
    }

    @Test
    void aFrameForItsOwnPortGoesNowhere() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            a.send(frame(255, 1, 60), frame(1, 3, 60));
            assertThat(b.receive()).hasSize(1);
            assertThat(a.receive()).isEmpty();
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.NO_DESTINATION, 1L);
        }
    }

    @Test
    void aFullReceiverLosesAndTheSenderNeverWaits() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:slots=16"); TestPort b = open("vale0:b@conf:slots=8")) {
            for (int i = 0; i < 30; i++) {
                a.send(frame(255, 1, 60 + i));
                assertThat(a.tx().available()).isEqualTo(15);
            }
            assertThat(b.port.file().receivedDrops()).isEqualTo(23);
            assertThat(b.receive()).extracting(f -> f.length).containsExactly(60, 61, 62, 63, 64, 65, 66);
            ValeStats stats = netmap.stats("vale0");
            assertThat(stats.delivered()).isEqualTo(7);
            assertThat(stats.drops()).containsEntry(ValeDrop.NO_SPACE, 23L);
            a.send(frame(255, 1, 99));
            assertThat(b.receive()).hasSize(1);
        }
    }

    @Test
    void aFrameOfSeveralSlotsStaysWhole() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b@conf:slots=8")) {
            byte[] jumbo = frame(255, 1, 3 * 2048 + 100);
            a.send(jumbo, jumbo);
            b.port.rxSync();
            assertThat(b.rx().next()).isEqualTo(jumbo.length);
            assertThat(b.rx().frameSlots()).isEqualTo(4);
            // There are 7 slots. The second frame needs 4 more and has found no room, so no part of it may arrive.
            assertThat(b.receive()).containsExactly(jumbo);
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.NO_SPACE, 1L);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "13"})
    void whatIsShorterThanAnEthernetHeaderIsDropped(int length) throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            a.send(Arrays.copyOf(frame(255, 1, 60), length));
            assertThat(b.receive()).isEmpty();
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.SHORT, 1L);
        }
    }

    @Test
    void aPortThatOnlySendsIsSentNothing() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b/T")) {
            assertThat(b.port.rxRings()).isEmpty();
            a.send(frame(255, 1, 60));
            b.send(frame(255, 2, 60));
            assertThat(a.receive()).hasSize(1);
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.NOT_RECEIVING, 1L);
        }
    }

    @Test
    void unicastKeepsTheSendersRingAndFloodingTakesTheFirst() throws NetmapException {
        try (TestPort a = open("vale0:a@conf:rings=3"); TestPort b = open("vale0:b@conf:rings=2")) {
            b.send(frame(255, 2, 60));
            for (int ring = 0; ring < 3; ring++) {
                a.port.txRings().get(ring).write(Unpooled.wrappedBuffer(frame(2, 1, 100 + ring)));
                a.port.txRings().get(ring).write(Unpooled.wrappedBuffer(frame(255, 1, 200 + ring)));
            }
            a.port.txSync();
            b.port.rxSync();
            // In ring 0: the unicast frames of rings 0 and 2, and all flooded frames.
            assertThat(b.port.rxRings().get(0).available()).isEqualTo(5);
            assertThat(b.port.rxRings().get(1).available()).isEqualTo(1);
            assertThat(b.port.rxRings().get(1).next()).isEqualTo(101);
        }
    }

    @Test
    void wakesAReceiverOnceUntilItSyncs() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            AtomicInteger wakes = new AtomicInteger();
            b.port.file().onReady(wakes::incrementAndGet);
            a.send(frame(255, 1, 60));
            a.send(frame(255, 1, 60));
            assertThat(wakes).hasValue(1);
            assertThat(b.receive()).hasSize(2);
            a.send(frame(255, 1, 60), frame(255, 1, 60));
            assertThat(wakes).hasValue(2);
            b.port.file().onReady(null);
            b.receive();
            a.send(frame(255, 1, 60));
            assertThat(wakes).hasValue(2);
        }
    }

    @Test
    void aFloodOfMadeUpAddressesTakesNoStationItsPlace() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b"); TestPort c = open("vale0:c")) {
            a.send(frame(255, 1, 60));
            b.receive();
            for (int i = 0; i < 5 * ValeSwitch.STATIONS; i++) {
                byte[] madeUp = frame(1, 2, 60);
                ByteBuffer.wrap(madeUp).putInt(8, 0x100_0000 + i);
                b.send(madeUp);
                assertThat(a.receive()).hasSize(1);
            }
            assertThat(c.receive()).hasSize(1);
        }
    }

    @Test
    void aPortThatComesBackHasNoneOfTheStationsOfTheOneBefore() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort c = open("vale0:c")) {
            try (TestPort b = open("vale0:b")) {
                b.send(frame(255, 2, 60));
            }
            try (TestPort d = open("vale0:d")) {
                a.send(frame(2, 1, 60));
                assertThat(d.receive()).hasSize(1);
                assertThat(c.receive()).hasSize(2);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 60, 60", "10, 10, 70, 70", "12, 12, 72, 72", "0, 10, 60, 70", "0, 12, 60, 72", "10, 12, 70, 72",
        "12, 10, 72, 70", "10, 0, 70, 60", "12, 0, 72, 60", "0, 12, 2048, 2060", "10, 12, 2048, 2050",
        "0, 12, 4095, 4107", "12, 0, 4106, 4094", "12, 0, 2049, 2037",
    })
    void headersAreConverted(int from, int to, int length, int received) throws NetmapException {
        try (TestPort a = open("vale0:a").header(from); TestPort b = open("vale0:b").header(to)) {
            byte[] payload = frame(255, 1, length - from);
            byte[] sent = new byte[length];
            for (int i = 2; i < from; i++) {
                sent[i] = (byte) (0x40 + i);
            }
            System.arraycopy(payload, 0, sent, from, payload.length);
            byte[] expected = new byte[received];
            System.arraycopy(sent, 0, expected, 0, from == to ? from : Math.min(10, Math.min(from, to)));
            System.arraycopy(payload, 0, expected, to, payload.length);

            a.send(sent);

            assertThat(b.receive()).containsExactly(expected);
            assertThat(b.rx().badSlots()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0, 1", "3, 4", "0, 5"})
    void whatAPlainReceiverCannotFinishIsDropped(int flags, int gsoType) throws NetmapException {
        try (TestPort a = open("vale0:a").header(12); TestPort b = open("vale0:b");
             TestPort c = open("vale0:c").header(12)) {
            byte[] sent = new byte[72];
            System.arraycopy(frame(255, 1, 60), 0, sent, 12, 60);
            sent[0] = (byte) flags;
            sent[1] = (byte) gsoType;
            a.send(sent);
            assertThat(b.receive()).isEmpty();
            assertThat(c.receive()).containsExactly(sent);
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.OFFLOAD, 1L);
        }
    }

    @Test
    void theHeaderLiesWhollyInTheFirstFragmentOrIsIt() throws NetmapException {
        try (TestPort a = open("vale0:a").header(12); TestPort b = open("vale0:b")) {
            // Written directly: a chain whose first slot has only the header, and then one whose header is in two
            // slots.
            try (RawPort raw = new RawPort(a)) {
                raw.slot(0, new byte[12], Slot.MOREFRAG);
                raw.slot(1, frame(255, 1, 60), 0);
                raw.slot(2, new byte[8], Slot.MOREFRAG);
                raw.slot(3, frame(255, 1, 60), 0);
                raw.slot(4, new byte[12], 0);
                raw.head(5);
            }
            a.port.txSync();
            assertThat(b.receive()).containsExactly(frame(255, 1, 60));
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.BAD_HEADER, 2L);
        }
    }

    @Test
    void aChainWithoutEndEndsWithItsSync() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            try (RawPort raw = new RawPort(a)) {
                raw.slot(0, frame(255, 1, 60), Slot.MOREFRAG);
                raw.head(1);
            }
            a.port.txSync();
            assertThat(b.receive()).containsExactly(frame(255, 1, 60));
        }
    }

    @Test
    void badSlotsAreDroppedAndSaidNothingOf() throws NetmapException {
        try (TestPort a = open("vale0:a"); TestPort b = open("vale0:b")) {
            try (RawPort raw = new RawPort(a)) {
                raw.slot(0, frame(255, 1, 60), 0);
                raw.bufferIndex(0, 1_000_000);
                raw.slot(1, frame(255, 1, 60), 0);
                raw.length(1, 5000);
                raw.slot(2, frame(255, 1, 60), Slot.INDIRECT);
                raw.slot(3, frame(255, 1, 77), 0);
                raw.head(4);
            }
            a.port.txSync();
            assertThat(b.receive()).containsExactly(frame(255, 1, 77));
            assertThat(netmap.stats("vale0").drops()).containsEntry(ValeDrop.BAD_SLOT, 3L);
        }
    }
}
