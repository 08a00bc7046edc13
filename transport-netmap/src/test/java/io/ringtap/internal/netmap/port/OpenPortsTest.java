/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.port;

import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class OpenPortsTest {
    @ParameterizedTest
    @CsvSource({
        "eth0, eth0, true", "eth0, eth0-3, true", "eth0-3, eth0-3, true", "eth0-3, eth0-4, false",
        "eth0, eth0^, false", "eth0*, eth0^, true", "eth0*, eth0^2, true", "eth0^2, eth0^2, true",
        "eth0^1, eth0^2, false", "eth0^, eth0^2, true", "eth0-1, eth0^1, false", "eth0*, eth0-1, true",
        "eth0/R, eth0/T, false", "eth0/R, eth0/R, true", "eth0/R, eth0, true", "eth0-1/T, eth0, true",
        "eth0/r, eth0, false", "eth0/z, eth0/z, false",
    })
    void portsMeetWhereTheyAskForTheSameRing(String one, String other, boolean meet) {
        NetmapAddress first = NetmapAddress.parse("netmap:" + one);
        NetmapAddress second = NetmapAddress.parse("netmap:" + other);
        assertThat(OpenPorts.overlap(first, second)).isEqualTo(meet);
        assertThat(OpenPorts.overlap(second, first)).isEqualTo(meet);
    }

    @Test
    void aPortIsKnownFromItsOpeningToItsClose() throws NetmapException {
        EmbeddedNetmap netmap = Netmap.newEmbedded();
        NetmapAddress address = NetmapAddress.parse("vale0:1");
        NetmapPort port = NetmapPort.open(netmap, address, 0, 0);
        assertThat(OpenPorts.holders(netmap, address)).as("nobody has said who it is").isEmpty();
        port.heldBy("a test");
        assertThat(OpenPorts.holders(netmap, address)).containsExactly("a test");
        assertThat(OpenPorts.holders(netmap, NetmapAddress.parse("vale0:2"))).isEmpty();
        assertThat(OpenPorts.holders(Netmap.newEmbedded(), address)).isEmpty();
        port.pin();
        assertThat(OpenPorts.holders(netmap, address)).isEmpty();
        assertThat(OpenPorts.isPinned(netmap, address)).isTrue();
        assertThat(OpenPorts.pinned()).containsExactly("vale0:1 (embedded netmap)");
        port.close();
        assertThat(OpenPorts.isPinned(netmap, address)).isFalse();
        assertThat(OpenPorts.pinned()).isEmpty();
    }
}
