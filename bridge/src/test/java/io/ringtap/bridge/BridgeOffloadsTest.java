/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.channel.ChannelHandler;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BridgeOffloadsTest {
    private static final VirtioNetOffloads CSUM = VirtioNetOffloads.of(VirtioNetOffload.CSUM);

    private static BridgeOffloads.Port port(int header, VirtioNetOffloads gives) {
        VnetHeaderLength length = VnetHeaderLength.ofBytes(header);
        VirtioNetOffloads takes = header == 0 ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
        return new BridgeOffloads.Port(VirtioNetHeader.of(length),
            new VirtioNetBackend(Set.of(length), takes, gives, true), false);
    }

    private static BridgeOffloads.Port coalescing(BridgeOffloads.Port port) {
        return new BridgeOffloads.Port(port.header(), port.backend(), true);
    }

    private static void assertHandlers(BridgeOffloads offloads, int port, Class<?>... expected) {
        List<Class<?>> types = new ArrayList<>();
        for (ChannelHandler handler : offloads.handlers(port).values()) {
            types.add(handler.getClass());
        }
        assertThat(types).containsExactly(expected);
    }

    @Test
    void equalPortsNeedNothing() {
        for (int length : new int[] {0, 10, 12, 20, 24}) {
            VirtioNetOffloads gives = length == 0 ? VirtioNetOffloads.NONE : VirtioNetOffloads.ALL;
            BridgeOffloads offloads = new BridgeOffloads(List.of(port(length, gives), port(length, gives)));
            assertThat(offloads.inside().bytes()).isEqualTo(length);
            assertHandlers(offloads, 0);
            assertHandlers(offloads, 1);
        }
    }

    @Test
    void aPortWithoutAHeaderGetsWholeFramesAndTheOtherIsLeftAlone() {
        BridgeOffloads offloads = new BridgeOffloads(List.of(port(12, VirtioNetOffloads.ALL),
            port(0, VirtioNetOffloads.NONE)));
        assertHandlers(offloads, 0);
        assertHandlers(offloads, 1, VirtioNetHeaderHandler.class, ChecksumCompletion.class, GsoSegmenter.class);
    }

    @Test
    void whatNobodyLeavesUndoneNeedNotBeDone() {
        assertHandlers(new BridgeOffloads(List.of(port(12, CSUM), port(0, VirtioNetOffloads.NONE))), 1,
            VirtioNetHeaderHandler.class, ChecksumCompletion.class);
        assertHandlers(new BridgeOffloads(List.of(port(12, VirtioNetOffloads.NONE),
            port(0, VirtioNetOffloads.NONE))), 1, VirtioNetHeaderHandler.class);
    }

    @Test
    void aShorterHeaderIsConverted() {
        BridgeOffloads offloads = new BridgeOffloads(List.of(port(10, VirtioNetOffloads.ALL),
            port(12, VirtioNetOffloads.ALL)));
        assertThat(offloads.inside().length()).isEqualTo(VnetHeaderLength.MERGEABLE);
        assertHandlers(offloads, 0, VirtioNetHeaderHandler.class);
        assertHandlers(offloads, 1);
    }

    @Test
    void coalescesOnlyWhereAskedToAndWhereSomebodyTakesIt() {
        BridgeOffloads.Port plain = coalescing(port(0, VirtioNetOffloads.NONE));
        BridgeOffloads offloads = new BridgeOffloads(List.of(plain, port(12, VirtioNetOffloads.NONE),
            port(0, VirtioNetOffloads.NONE)));
        assertHandlers(offloads, 0, VirtioNetHeaderHandler.class, GroCoalescer.class);
        assertHandlers(offloads, 1);
        assertHandlers(offloads, 2, VirtioNetHeaderHandler.class, ChecksumCompletion.class, GsoSegmenter.class);
        assertHandlers(new BridgeOffloads(List.of(plain, port(0, VirtioNetOffloads.NONE))), 0);
    }

    /** A super-frame could not be described any more, nor a checksum that is left out. */
    @Test
    void whereTheInsideHasNoHeaderWhatAPortLeavesUndoneIsDoneAsItComesIn() {
        VirtioNetHeader none = VirtioNetHeader.of(VnetHeaderLength.NONE);
        BridgeOffloads offloads = new BridgeOffloads(List.of(port(0, VirtioNetOffloads.NONE),
            port(12, VirtioNetOffloads.ALL), port(12, CSUM), coalescing(port(10, VirtioNetOffloads.NONE))), none);
        assertHandlers(offloads, 0);
        assertHandlers(offloads, 1, GsoSegmenter.class, ChecksumCompletion.class, VirtioNetHeaderHandler.class);
        assertHandlers(offloads, 2, ChecksumCompletion.class, VirtioNetHeaderHandler.class);
        assertHandlers(offloads, 3, VirtioNetHeaderHandler.class);
    }

    @Test
    void theInsideHeaderMayBeLongerThanAllOfThePorts() {
        BridgeOffloads offloads = new BridgeOffloads(List.of(port(0, VirtioNetOffloads.NONE),
            port(10, VirtioNetOffloads.ALL)), VirtioNetHeader.of(VnetHeaderLength.MERGEABLE));
        assertHandlers(offloads, 0, VirtioNetHeaderHandler.class, ChecksumCompletion.class, GsoSegmenter.class);
        assertHandlers(offloads, 1, VirtioNetHeaderHandler.class);
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
