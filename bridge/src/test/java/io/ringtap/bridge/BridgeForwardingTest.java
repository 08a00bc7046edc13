/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.ethernet.MacAddress;
import io.ringtap.ethernet.MacTable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BridgeForwardingTest {
    private static final long A = 0x0200_0000_000aL;
    private static final long B = 0x0200_0000_000bL;
    private static final long BROADCAST = MacAddress.BROADCAST.bits();
    private static final long ALL_HOSTS = 0x0100_5e00_0001L;

    private final MacTable table = new MacTable(100, 300);
    private final BridgeForwarding forwarding = new BridgeForwarding(table, GroupForwarding.BPDUS);

    private int decide(long source, long destination, int port) {
        return forwarding.decide(destination, source, port, true, 0);
    }

    @Test
    void floodsUntilTheDestinationTalked() {
        assertThat(decide(A, B, 1)).isEqualTo(BridgeForwarding.FLOOD);
        assertThat(decide(B, A, 2)).isEqualTo(1);
        assertThat(decide(A, B, 1)).isEqualTo(2);
    }

    @Test
    void filtersWhatStaysOnItsPort() {
        decide(A, B, 1);
        assertThat(decide(B, A, 1)).isEqualTo(BridgeForwarding.FILTER);
        assertThat(decide(A, A, 1)).isEqualTo(BridgeForwarding.FILTER);
    }

    @Test
    void followsAStationThatMoves() {
        decide(A, B, 1);
        decide(A, B, 3);
        assertThat(decide(B, A, 2)).isEqualTo(3);
        assertThat(decide(B, A, 1)).isEqualTo(3);
    }

    @Test
    void floodsGroups() {
        assertThat(decide(A, BROADCAST, 1)).isEqualTo(BridgeForwarding.FLOOD);
        assertThat(decide(A, ALL_HOSTS, 1)).isEqualTo(BridgeForwarding.FLOOD);
        assertThat(decide(A, 0x3333_0000_0001L, 1)).isEqualTo(BridgeForwarding.FLOOD);
        assertThat(decide(A, 0x0180_c200_0010L, 1)).isEqualTo(BridgeForwarding.FLOOD);
    }

    @Test
    void passesOnBpdusAndKeepsTheOtherReservedAddressesToItself() {
        assertThat(decide(A, 0x0180_c200_0000L, 1)).isEqualTo(BridgeForwarding.FLOOD);
        for (int i = 1; i < 16; i++) {
            assertThat(decide(A, 0x0180_c200_0000L + i, 1)).isEqualTo(BridgeForwarding.DROP_RESERVED);
        }
        assertThat(table.lookup(A, 0)).isEqualTo(1);
    }

    @Test
    void passesOnTheReservedAddressesOfItsMask() {
        BridgeForwarding lldp = new BridgeForwarding(table, new GroupForwarding(0x4008));
        for (int i = 0; i < 16; i++) {
            assertThat(lldp.decide(0x0180_c200_0000L + i, A, 1, true, 0)).as("%x", i)
                .isEqualTo(i == 0 || i == 3 || i == 14 ? BridgeForwarding.FLOOD : BridgeForwarding.DROP_RESERVED);
        }
    }

    @Test
    void learnsNothingFromAPortThatIsDown() {
        decide(B, A, 2);
        assertThat(forwarding.decide(B, A, 1, false, 0)).isEqualTo(2);
        assertThat(table.lookup(A, 0)).isEqualTo(MacTable.UNKNOWN);
        assertThat(forwarding.decide(A, B, 1, false, 0)).isEqualTo(BridgeForwarding.FLOOD);
        assertThat(table.lookup(B, 0)).isEqualTo(2);
    }

    @Test
    void dropsSourcesThatAreNoStation() {
        decide(B, A, 2);
        assertThat(decide(BROADCAST, B, 1)).isEqualTo(BridgeForwarding.DROP_SOURCE);
        assertThat(decide(ALL_HOSTS, B, 1)).isEqualTo(BridgeForwarding.DROP_SOURCE);
        assertThat(decide(0, B, 1)).isEqualTo(BridgeForwarding.DROP_SOURCE);
        assertThat(table.size()).isEqualTo(1);
    }

    @Test
    void forwardsWithAFullTable() {
        for (int i = 0; i < 100; i++) {
            decide(A + i, BROADCAST, 1);
        }
        long stranger = 0x0200_1234_5678L;
        assertThat(decide(stranger, A, 2)).isEqualTo(1);
        assertThat(decide(A, stranger, 1)).isEqualTo(BridgeForwarding.FLOOD);
    }
}
