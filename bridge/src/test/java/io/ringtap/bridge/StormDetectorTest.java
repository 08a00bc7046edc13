/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class StormDetectorTest {
    private static final int RATE = 100;

    private final BridgePort a = new BridgePort("a", PortOptions.DEFAULT);
    private final BridgePort b = new BridgePort("b", PortOptions.DEFAULT);
    private final Map<BridgePort, Long> moves = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private int now = Integer.MAX_VALUE - 3;

    private final StormDetector.Actions actions = new StormDetector.Actions() {
        @Override
        public void began(BridgePort port, long repeated, long moves) {
            told.add("storm " + port + " " + repeated + " " + moves);
        }

        @Override
        public void ended(BridgePort port, long repeated, long moves) {
            told.add("calm " + port + " " + repeated + " " + moves);
        }

        @Override
        public void block(BridgePort port) {
            told.add("block " + port);
        }

        @Override
        public void unblock(BridgePort port) {
            told.add("unblock " + port);
        }
    };

    private StormDetector detector(int blockSeconds) {
        return new StormDetector(RATE, blockSeconds, port -> moves.getOrDefault(port, 0L), actions);
    }

    private static void repeat(BridgePort port, int count) {
        for (int i = 0; i < count; i++) {
            port.countRepeated();
        }
    }

    /** A second goes by. Returns what was told meanwhile. */
    private List<String> look(StormDetector detector) {
        told.clear();
        detector.look(List.of(a, b), now++);
        return told;
    }

    @Test
    void aStormIsToldOfOnceAndItsEndWithAllOfIt() {
        StormDetector detector = detector(0);
        repeat(a, RATE - 1);
        assertThat(look(detector)).isEmpty();
        repeat(a, RATE);
        moves.put(b, (long) RATE);
        assertThat(look(detector)).containsExactly("storm a 100 0", "storm b 0 100");
        repeat(a, 5000);
        moves.put(b, 7L);
        assertThat(look(detector)).isEmpty();
        assertThat(look(detector)).isEmpty();
        moves.clear();
        assertThat(look(detector)).containsExactly("calm b 0 114");
        assertThat(look(detector)).containsExactly("calm a 5100 0");
        repeat(a, RATE);
        assertThat(look(detector)).containsExactly("storm a 100 0");
    }

    @Test
    void onePortIsBlockedAtATime() {
        StormDetector detector = detector(5);
        repeat(a, 500);
        repeat(b, 400);
        assertThat(look(detector)).containsExactly("storm a 500 0", "storm b 400 0", "block a");
        // What came in the second in which it was blocked says nothing of what the block does.
        repeat(b, 400);
        assertThat(look(detector)).isEmpty();
        repeat(b, 400);
        assertThat(look(detector)).containsExactly("block b");
    }

    @Test
    void aBlockEndsAndBeginsAgainWhereTheStormGoesOn() {
        StormDetector detector = detector(3);
        repeat(b, RATE);
        repeat(a, RATE);
        // Of two that are alike, the later one.
        assertThat(look(detector)).containsExactly("storm a 100 0", "storm b 100 0", "block b");
        assertThat(look(detector)).isEmpty();
        assertThat(look(detector)).isEmpty();
        assertThat(look(detector)).containsExactly("calm a 100 0", "calm b 100 0", "unblock b");
        repeat(b, 3000);
        assertThat(look(detector)).containsExactly("storm b 3000 0", "block b");
    }

    @Test
    void aPortThatHasLeftIsForgotten() {
        StormDetector detector = detector(3);
        repeat(b, RATE);
        look(detector);
        told.clear();
        detector.look(List.of(a), now++);
        assertThat(look(detector)).containsExactly("storm b 100 0", "block b");
    }
}
