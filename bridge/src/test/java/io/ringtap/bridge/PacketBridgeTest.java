/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.testkit.RequiresTap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** The bridge between packet sockets. */
@RequiresTap
class PacketBridgeTest extends VnetBridge {
    @ParameterizedTest
    @CsvSource({"packet,packet", "'packet,vnet=12','packet,vnet=10'"})
    void carriesJumboFramesBetweenPacketSockets(String left, String right) throws Exception {
        open(1, left, right);
        for (int i = 0; i < 2; i++) {
            cables.ip("link", "set", "p" + i, "mtu", "9000");
            hosts.get(i).ip("link", "set", "h" + i, "mtu", "9000");
        }
        for (int version : new int[] {4, 6}) {
            assertTcpCarries(0, 1, version);
            assertTcpCarries(1, 0, version);
            assertUdpCarries(0, 1, version);
        }
        assertThat(counters.get(0).received).as("jumbo frames").hasPositiveValue();
        assertNoChecksumErrors();
        for (BridgePort port : bridge.ports()) {
            assertThat(port.stats().malformed()).isEmpty();
            assertThat(port.channel().stats().rxDrops()).isZero();
            assertThat(port.channel().stats().txDrops()).isZero();
        }
    }

    @Test
    void aPacketSocketOnAnInterfaceThatTheHostUsesIsWarnedOf() throws Exception {
        open(1, "packet");
        cables.ip("address", "add", "198.51.100.1/24", "dev", "p0");
        bridge.removePort(bridge.ports().get(0)).sync();
        bridge.addPort("packet:p0,netns=" + cables.name()).sync();
        await("the warning", () -> listener.reports.stream().anyMatch(report -> report.contains("198.51.100.1/24")));
    }
}
