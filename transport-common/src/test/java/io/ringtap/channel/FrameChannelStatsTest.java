/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.ringtap.ethernet.DropReason;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class FrameChannelStatsTest {
    @Test
    void countsFramesBytesAndDropsByReason() throws InterruptedException {
        FrameChannelStats stats = new FrameChannelStats();
        stats.countRx(1, 60);
        stats.countRx(1, 1514);
        stats.countTx(1, 100);
        Thread[] droppers = new Thread[4];
        for (int i = 0; i < droppers.length; i++) {
            droppers[i] = new Thread(() -> {
                for (int n = 0; n < 1000; n++) {
                    stats.countTxDrop(DropReason.CONGESTED);
                }
            });
            droppers[i].start();
        }
        for (Thread dropper : droppers) {
            dropper.join();
        }
        stats.countTxDrop(DropReason.DOWN);
        stats.countRxDrop(DropReason.TRUNCATED);
        assertThat(stats.rxFrames()).isEqualTo(2);
        assertThat(stats.rxBytes()).isEqualTo(1574);
        assertThat(stats.txFrames()).isEqualTo(1);
        assertThat(stats.txBytes()).isEqualTo(100);
        assertThat(stats.txDrops()).isEqualTo(4001);
        assertThat(stats.txDrops(DropReason.CONGESTED)).isEqualTo(4000);
        assertThat(stats.txDropsByReason()).isEqualTo(Map.of(DropReason.CONGESTED, 4000L, DropReason.DOWN, 1L));
        assertThat(stats.rxDrops()).isEqualTo(1);
        assertThat(stats.rxDrops(DropReason.MALFORMED)).isZero();
        assertThat(stats.rxDropsByReason()).isEqualTo(Map.of(DropReason.TRUNCATED, 1L));
        assertThat(stats).hasToString("rx 2 frames, 1574 bytes, drops {TRUNCATED=1};"
            + " tx 1 frames, 100 bytes, drops {DOWN=1, CONGESTED=4000}");
    }
}
