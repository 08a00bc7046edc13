/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.vxlan;

import io.ringtap.ethernet.MacTable;
import io.ringtap.internal.udp.SocketName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.net.InetAddress;

import static org.assertj.core.api.Assertions.assertThat;

/** Who is known, however many say that they are somebody. */
@EnabledOnOs(OS.LINUX)
class VtepsTest {
    private final Vteps ends = new Vteps(4789, new MacTable(16, 300));

    @AfterEach
    void free() {
        ends.free();
    }

    private static InetAddress madeUp(int number) {
        return SocketName.address(0, 0xffffL << 32 | 0x0a00_0000 + number);
    }

    @Test
    void nobodyCanChooseAddressesThatShareAPlace() {
        long high = 0x2001_0db8_0000_0000L;
        assertThat(ends.key(high, 31)).isNotEqualTo(ends.key(high + 1, 0));
        assertThat(new Vteps(4789, new MacTable(16, 300)).key(high, 31)).as("another secret")
            .isNotEqualTo(ends.key(high, 31));
        for (int i = 0; i < 64; i++) {
            InetAddress address = SocketName.address(high + i, 31 * (64 - i));
            assertThat(ends.get(address).address).isEqualTo(address);
        }
        for (int i = 0; i < 64; i++) {
            Vtep found = ends.find(high + i, 31 * (64 - i));
            assertThat(found.low).isEqualTo(31 * (64 - i));
            assertThat(found.next).as("shares its place with nobody").isNull();
        }
    }

    @Test
    void aFloodOfMadeUpEndsLeavesRoomForThoseThatAre() {
        Vtep real = ends.hear(madeUp(0), 8);
        real.lastHeard = 9;
        for (int i = 1; i <= 2 * Vteps.MOST; i++) {
            ends.hear(madeUp(i), 10);
        }
        assertThat(ends.all()).hasSize(Vteps.MOST_HEARD);
        Vtep configured = ends.get(madeUp(100_000));
        assertThat(configured).as("one that is configured").isNotNull();
        configured.configured = true;
        assertThat(ends.hear(madeUp(200_000), 10 + Vteps.PROBATION_SECONDS)).as("one more").isNull();
        Vtep late = ends.hear(madeUp(200_000), 11 + Vteps.PROBATION_SECONDS);
        assertThat(late).as("one more, when the made-up ones have fallen silent").isNotNull();
        assertThat(ends.all()).containsExactlyInAnyOrder(real, configured, late);
    }
}
