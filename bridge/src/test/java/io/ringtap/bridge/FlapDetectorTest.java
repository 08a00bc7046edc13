/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class FlapDetectorTest {
    private static final long A = 0x0200_0000_000aL;

    private final List<List<MacTable.Entry>> flaps = new ArrayList<>();
    private final List<MacAddress> moved = new ArrayList<>();
    private final MacTable table = new MacTable(100, 300);
    private final FlapDetector detector = new FlapDetector(table,
        station -> moved.add(station.address()), flaps::add);

    private void move(long station, int times) {
        for (int i = 0; i <= times; i++) {
            table.learn(station, i % 2, 0);
        }
    }

    @Test
    void aStationThatMovesToAndFroIsToldOfOnce() {
        move(A, 20);
        detector.look(0);
        assertThat(flaps).singleElement().isEqualTo(List.of(new MacTable.Entry(MacAddress.of(A), 0, 0, 20, 1, false)));
        assertThat(moved).containsExactly(MacAddress.of(A));
        move(A, 20);
        detector.look(0);
        detector.look(0);
        assertThat(flaps).hasSize(1);
    }

    @Test
    void manyAreOneLine() {
        for (int i = 0; i < 50; i++) {
            move(A + i, FlapDetector.FAST);
        }
        detector.look(0);
        assertThat(flaps).hasSize(1);
        assertThat(flaps.get(0)).hasSize(50);
        move(A + 70, FlapDetector.FAST);
        detector.look(0);
        assertThat(flaps).hasSize(2);
    }

    @Test
    void aStationThatMovesNowAndThenIsNone() {
        for (int look = 0; look < 20; look++) {
            table.learn(A, look % 2, 0);
            detector.look(0);
        }
        assertThat(table.moved()).isEqualTo(19);
        assertThat(moved).hasSize(19);
        assertThat(flaps).isEmpty();
    }

    @Test
    void aStationThatWasForgottenIsToldOfAgain() {
        move(A, 20);
        detector.look(0);
        table.removePort(0);
        move(A + 1, 1);
        detector.look(0);
        move(A, 20);
        detector.look(0);
        assertThat(flaps).hasSize(2);
    }
}
