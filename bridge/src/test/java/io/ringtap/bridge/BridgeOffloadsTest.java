/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BridgeOffloadsTest {
    private static final VirtioNetOffloads NONE = VirtioNetOffloads.NONE;
    private static final VirtioNetOffloads ALL = VirtioNetOffloads.ALL;
    private static final VirtioNetOffloads CSUM = VirtioNetOffloads.of(VirtioNetOffload.CSUM);
    private static final VirtioNetOffloads JOINED = VirtioNetOffloads.of(VirtioNetOffload.CSUM,
        VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.USO4, VirtioNetOffload.USO6);

    private static BridgeOffloads.Port port(int header, VirtioNetOffloads gives) {
        VnetHeaderLength length = VnetHeaderLength.ofBytes(header);
        VirtioNetOffloads takes = header == 0 ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        return new BridgeOffloads.Port(VirtioNetHeader.of(length),
            new VirtioNetBackend(Set.of(length), takes, gives, true), false);
    }

    private static BridgeOffloads.Port coalescing(BridgeOffloads.Port port) {
        return new BridgeOffloads.Port(port.header(), port.backend(), true);
    }

    private static BridgeOffloads bridge(BridgeOffloads.Port... ports) {
        List<BridgeOffloads.Port> all = List.of(ports);
        return new BridgeOffloads(all, BridgeOffloads.insideFor(all));
    }

    private static void assertOffloads(PortOffloads offloads, VirtioNetOffloads sent, VirtioNetOffloads received,
                                       VirtioNetOffloads joined) {
        assertThat(offloads).isEqualTo(new PortOffloads(sent, received, joined));
    }

    @Test
    void theInsideHasTheLongestHeaderOfAPort() {
        for (VnetHeaderLength length : VnetHeaderLength.values()) {
            assertThat(BridgeOffloads.insideFor(List.of(port(0, NONE), port(length.bytes(), NONE))))
                .isSameAs(length);
        }
        assertThat(BridgeOffloads.insideFor(List.of())).isSameAs(VnetHeaderLength.NONE);
    }

    @Test
    void eachPortGetsWhatTheOthersLeaveUndone() {
        BridgeOffloads offloads = bridge(port(12, ALL), port(0, NONE), port(10, CSUM));
        assertOffloads(offloads.of(0), ALL, ALL, NONE);
        assertOffloads(offloads.of(1), ALL, NONE, NONE);
        assertOffloads(offloads.of(2), ALL, CSUM, NONE);
    }

    @Test
    void coalescesOnlyWhereAskedToAndWhatSomebodyTakes() {
        BridgeOffloads offloads = bridge(coalescing(port(0, NONE)), port(12, NONE), port(0, NONE));
        assertOffloads(offloads.of(0), NONE, NONE, JOINED);
        assertOffloads(offloads.of(1), ALL, NONE, NONE);
        assertOffloads(offloads.of(2), JOINED, NONE, NONE);
        assertOffloads(bridge(port(0, NONE), port(12, NONE), port(10, CSUM)).of(0), CSUM, NONE, NONE);
        assertOffloads(bridge(coalescing(port(0, NONE)), port(0, NONE)).of(0), NONE, NONE, NONE);
        assertOffloads(bridge(coalescing(port(12, NONE)), port(0, NONE)).of(0), ALL, NONE, NONE);
    }

    /** Without a header, neither a super-frame nor a missing checksum could be described. */
    @Test
    void whereTheInsideHasNoHeaderNothingIsLeftUndone() {
        BridgeOffloads offloads = new BridgeOffloads(List.of(port(0, NONE), port(12, ALL),
            coalescing(port(10, NONE))), VnetHeaderLength.NONE);
        for (int i = 0; i < 3; i++) {
            assertThat(offloads.of(i)).isEqualTo(PortOffloads.NONE);
        }
    }

    /** Whoever changes first neither sends what others are not ready for, nor gets what it is not ready for. */
    @Test
    void untilAllHaveChangedEachIsReadyForMoreAndSendsLess() {
        PortOffloads before = new PortOffloads(CSUM, ALL, NONE);
        PortOffloads after = new PortOffloads(JOINED, CSUM, JOINED);
        assertOffloads(before.until(after), JOINED, CSUM, NONE);
        assertOffloads(after.until(before), JOINED, CSUM, NONE);
        assertThat(after.until(after)).isEqualTo(after);
    }

    private static PortHeader keys(String keys) {
        FramePort port = FramePorts.load().parse("tap:t0" + keys, PortOptions.KEYS);
        return PortHeader.of(port, PortOptions.of(port));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''                        | NONE                  | 0",
        ",vnet=0                   | NONE                  | 0",
        ",vnet=12                  | MERGEABLE             | 0x7f",
        ",vnet=10,offloads=csum    | LEGACY                | 1",
        ",vnet=auto                | MERGEABLE+LEGACY+NONE | 0x7f",
        ",offloads=none,vnet=12+0  | MERGEABLE+NONE        | 0",
        ",gro=on                   | NONE                  | 0",
    })
    void readsTheHeaderOfAPort(String text, String lengths, String bits) {
        assertThat(keys(text)).isEqualTo(new PortHeader(
            Arrays.stream(lengths.split("\\+")).map(VnetHeaderLength::valueOf).toList(),
            VirtioNetOffloads.ofBits(Integer.decode(bits))));
    }

    @Test
    void theKeysOfAPortComeBeforeItsOptions() {
        PortOptions options = PortOptions.builder().vnetHeaders(VnetHeaderLength.LEGACY).build();
        assertThat(PortHeader.of(FramePorts.parse("tap:t0"), options).lengths())
            .containsExactly(VnetHeaderLength.LEGACY);
        assertThat(PortHeader.of(FramePorts.parse("tap:t0,vnet=12"), options).lengths())
            .containsExactly(VnetHeaderLength.MERGEABLE);
    }

    @Test
    void pointsAtAWrongValue() {
        assertThatThrownBy(() -> keys(",gro=maybe")).isInstanceOf(PortSyntaxException.class)
            .hasMessageContaining("'maybe' is no value for gro: expected on|off");
    }
}
