/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MacTableTest {
    private static final long A = 0x0200_0000_000aL;
    private static final long B = 0x0200_0000_000bL;

    private final MacTable table = new MacTable(1000, 300);

    @Test
    void findsWhatItLearned() {
        assertThat(table.lookup(A, 0)).isEqualTo(MacTable.UNKNOWN);
        assertThat(table.learn(A, 0, 0)).isTrue();
        assertThat(table.learn(B, MacTable.MAX_PORT, 0)).isTrue();
        assertThat(table.lookup(A, 0)).isZero();
        assertThat(table.lookup(B, 0)).isEqualTo(MacTable.MAX_PORT);
        assertThat(table.lookup(A + 2, 0)).isEqualTo(MacTable.UNKNOWN);
        assertThat(table.size()).isEqualTo(2);
        assertThat(table.learned()).isEqualTo(2);
    }

    @Test
    void holdsTheHighestAndTheLowestAddress() {
        table.learn(0xffff_ffff_ffffL, 3, 0);
        assertThat(table.lookup(0, 0)).isEqualTo(MacTable.UNKNOWN);
        table.learn(0, 0, 0);
        assertThat(table.lookup(0xffff_ffff_ffffL, 0)).isEqualTo(3);
        assertThat(table.lookup(0, 0)).isZero();
    }

    @Test
    void aStationMovesToThePortItWasLastHeardOn() {
        table.learn(A, 1, 0);
        table.learn(A, 1, 1);
        assertThat(table.moved()).isZero();
        table.learn(A, 2, 2);
        assertThat(table.lookup(A, 2)).isEqualTo(2);
        assertThat(table.moved()).isEqualTo(1);
        assertThat(table.learned()).isEqualTo(1);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void countsHowOftenAStationMovesAndFromWhere() {
        table.learn(A, 1, 0);
        table.learn(B, 1, 0);
        assertThat(table.snapshot(0)).extracting(MacTable.Entry::moves).containsOnly(0L);
        for (int i = 0; i < 1000; i++) {
            table.learn(A, 2 + i % 3, 0);
            table.learn(A, 2 + i % 3, 0);
        }
        assertThat(table.moved()).isEqualTo(1000);
        assertThat(table.snapshot(0)).contains(new MacTable.Entry(MacAddress.of(A), 2, 0, 1000, 4, false),
            new MacTable.Entry(MacAddress.of(B), 1, 0, 0, MacTable.UNKNOWN, false));
    }

    @Test
    void aSlotThatIsUsedAgainStartsWithoutMoves() {
        MacTable one = new MacTable(1, 300);
        one.learn(A, 1, 0);
        one.learn(A, MacTable.MAX_PORT, 0);
        one.removePort(MacTable.MAX_PORT);
        one.learn(A, 2, 0);
        assertThat(one.snapshot(0)).containsExactly(new MacTable.Entry(MacAddress.of(A), 2, 0, 0, MacTable.UNKNOWN,
            false));
    }

    @Test
    void takesBackAStationOfOnePortOnly() {
        table.learn(A, 1, 0);
        assertThat(table.remove(A, 2)).isFalse();
        assertThat(table.remove(B, 1)).isFalse();
        assertThat(table.lookup(A, 0)).isEqualTo(1);
        assertThat(table.remove(A, 1)).isTrue();
        assertThat(table.lookup(A, 0)).isEqualTo(MacTable.UNKNOWN);
        assertThat(table.size()).isZero();
    }

    @Test
    void aSilentStationIsForgotten() {
        table.learn(A, 1, 0);
        table.learn(B, 1, 0);
        table.learn(B, 1, 299);
        assertThat(table.lookup(A, 299)).isEqualTo(1);
        assertThat(table.lookup(A, 300)).isEqualTo(MacTable.UNKNOWN);
        assertThat(table.lookup(B, 598)).isEqualTo(1);
        assertThat(table.snapshot(300)).containsExactly(new MacTable.Entry(MacAddress.of(B), 1, 1, 0,
            MacTable.UNKNOWN, false));
        assertThat(table.size()).isEqualTo(2);
        assertThat(table.removeAged(299)).isZero();
        assertThat(table.removeAged(300)).isEqualTo(1);
        assertThat(table.size()).isEqualTo(1);
        assertThat(table.aged()).isEqualTo(1);
        assertThat(table.lookup(B, 300)).isEqualTo(1);
    }

    @Test
    void anAgedStationThatTalksAgainIsFoundAgain() {
        table.learn(A, 1, 0);
        table.learn(A, 1, 500);
        assertThat(table.lookup(A, 500)).isEqualTo(1);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void theClockMayWrap() {
        int start = Integer.MAX_VALUE - 10;
        table.learn(A, 1, start);
        assertThat(table.lookup(A, start + 299)).isEqualTo(1);
        assertThat(table.lookup(A, start + 300)).isEqualTo(MacTable.UNKNOWN);
        // The clock of one event loop is a second behind that of another.
        assertThat(table.lookup(A, start - 1)).isEqualTo(1);
    }

    @Test
    void aFullTableRefusesNewStationsAndKeepsThoseThatTalk() {
        MacTable small = new MacTable(100, 300);
        for (int i = 0; i < 100; i++) {
            assertThat(small.learn(A + i, i, 0)).as("station %d", i).isTrue();
        }
        Random random = new Random(1);
        for (int second = 1; second < 1000; second++) {
            for (int i = 0; i < 100; i++) {
                assertThat(small.learn(A + i, i, second)).isTrue();
                assertThat(small.learn(random.nextLong() & 0xfeff_ffff_ffffL, 7, second)).isFalse();
            }
        }
        assertThat(small.size()).isEqualTo(100);
        assertThat(small.refused()).isEqualTo(999 * 100);
        for (int i = 0; i < 100; i++) {
            assertThat(small.lookup(A + i, 999)).isEqualTo(i);
        }
    }

    @Test
    void agedStationsMakeRoom() {
        MacTable small = new MacTable(100, 300);
        for (int i = 0; i < 100; i++) {
            small.learn(A + i, 1, 0);
        }
        assertThat(small.learn(B << 8, 2, 299)).isFalse();
        // Before removeAged runs, a new station can only replace an aged one in its own slots.
        int entered = 0;
        for (int i = 0; i < 1000; i++) {
            entered += small.learn((B << 8) + i, 2, 300) ? 1 : 0;
        }
        assertThat(entered).isPositive();
        assertThat(small.size()).isEqualTo(100);
        assertThat(small.aged()).isEqualTo(entered);
        small.removeAged(300);
        assertThat(small.size()).isEqualTo(entered);
        for (int i = 0; i < 100 - entered; i++) {
            assertThat(small.learn((A << 8) + i, 3, 300)).isTrue();
        }
    }

    @Test
    void fillsUpToItsBoundWhateverTheAddresses() {
        for (int max : new int[] {1, 7, 8, 16, 1000, 1024, 65_536}) {
            for (long stride : new long[] {1, 0x100, 0x1_0000, 0x1_0000_0000L, 0x10_0001L}) {
                MacTable full = new MacTable(max, 300);
                for (int i = 0; i < max; i++) {
                    full.learn(A + i * stride & 0xffff_ffff_ffffL, i & 0xff, 0);
                }
                assertThat(full.refused()).as("%d addresses %x apart", max, stride).isZero();
                assertThat(full.size()).isEqualTo(max);
            }
        }
    }

    /** With these keys both sets of a station were full when all went to their homes. */
    @ParameterizedTest
    @ValueSource(longs = {220, 304})
    void fillsUpToItsBoundWhateverTheKeys(long seed) {
        Random keys = new Random(seed);
        MacTable full = new MacTable(65_536, 300, keys.nextLong(), keys.nextLong());
        for (int i = 0; i < 65_536; i++) {
            full.learn(0x0200_0000_0000L + i, 1, 0);
        }
        assertThat(full.refused()).isZero();
        assertThat(full.size()).isEqualTo(65_536);
    }

    @Test
    void forgetsTheStationsOfAPortThatGoes() {
        for (int i = 0; i < 90; i++) {
            table.learn(A + i, i % 3, 0);
        }
        assertThat(table.removePort(1)).isEqualTo(30);
        assertThat(table.size()).isEqualTo(60);
        assertThat(table.aged()).isZero();
        for (int i = 0; i < 90; i++) {
            assertThat(table.lookup(A + i, 0)).isEqualTo(i % 3 == 1 ? MacTable.UNKNOWN : i % 3);
        }
        assertThat(table.snapshot(0)).hasSize(60).noneMatch(station -> station.port() == 1);
    }

    @Test
    void aStaticEntryNeitherAgesNorMovesNorIsForgottenWithWhatWasLearned() {
        table.learn(A, 1, 0);
        assertThat(table.set(A, 2, 0)).isTrue();
        assertThat(table.set(B, 3, 0)).isTrue();
        assertThat(table.size()).isEqualTo(2);
        assertThat(table.learn(A, 1, 5)).isTrue();
        assertThat(table.lookup(A, 5)).isEqualTo(2);
        assertThat(table.remove(A, 2)).isFalse();
        assertThat(table.removeAged(10_000)).isZero();
        assertThat(table.removePort(2)).isZero();
        assertThat(table.clear()).isZero();
        assertThat(table.lookup(A, 10_000)).isEqualTo(2);
        assertThat(table.moved()).isZero();
        assertThat(table.snapshot(10_000)).extracting(MacTable.Entry::isStatic).containsExactly(true, true);

        assertThat(table.set(A, 4, 0)).isTrue();
        assertThat(table.lookup(A, 0)).isEqualTo(4);
        assertThat(table.deletePort(4)).isEqualTo(1);
        assertThat(table.remove(B)).isTrue();
        assertThat(table.remove(B)).isFalse();
        assertThat(table.size()).isZero();
    }

    @Test
    void clearForgetsWhatWasLearnedAndAFullTableTakesNoStaticEntry() {
        MacTable small = new MacTable(2, 300);
        small.learn(A, 1, 0);
        small.learn(B, 1, 0);
        assertThat(small.set(A + 7, 2, 0)).isFalse();
        assertThat(small.clear()).isEqualTo(2);
        assertThat(small.lookup(A, 0)).isEqualTo(MacTable.UNKNOWN);
        assertThat(small.set(A + 7, 2, 0)).isTrue();
        assertThat(small.size()).isEqualTo(1);
    }

    @Test
    void addressesThatMeetUnderOneKeyPartUnderAnother() {
        long[] meeting = meetingUnder(1, 3);
        MacTable same = new MacTable(1 << 10, 300, 1, 3);
        MacTable other = new MacTable(1 << 10, 300);
        for (long address : meeting) {
            same.learn(address, 1, 0);
            other.learn(address, 1, 0);
        }
        assertThat(same.refused()).isPositive();
        assertThat(other.refused()).isZero();
    }

    /** Addresses that share a few sets, found as an attacker who knows the key would find them. */
    private static long[] meetingUnder(long key, long multiplier) {
        MacTable probe = new MacTable(1 << 10, 300, key, multiplier);
        return LongStream.range(0, 1 << 20).filter(address -> probe.setsOf(address) < 4).limit(60).toArray();
    }

    @Test
    void refusesBadArguments() {
        assertThatThrownBy(() -> new MacTable(0, 300)).hasMessageContaining("max addresses 0");
        assertThatThrownBy(() -> new MacTable(1, 0)).hasMessageContaining("ageing of 0 s");
        assertThatThrownBy(() -> table.learn(A, -1, 0)).hasMessageContaining("port -1");
        assertThatThrownBy(() -> table.learn(A, 0xffff, 0)).hasMessageContaining("port 65535");
    }
}
