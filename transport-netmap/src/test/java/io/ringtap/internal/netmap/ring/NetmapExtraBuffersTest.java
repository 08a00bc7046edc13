/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.ringtap.internal.netmap.layout.NetmapLayout.If;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapDriver;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Spare buffers, and which of them netmap frees when a port is closed or its program is killed. */
class NetmapExtraBuffersTest {
    private static final NetmapAddress PORT = NetmapAddress.parse("valeRe0:a");

    static Stream<Named<NetmapDriver>> drivers() {
        Stream<Named<NetmapDriver>> embedded = Stream.of(Named.of("embedded", Netmap.newEmbedded()));
        return Netmap.isAvailable()
            ? Stream.concat(embedded, Stream.of(Named.of("kernel", Netmap.kernel()))) : embedded;
    }

    private static ByteBuffer netmapIf(NetmapPort port) {
        return port.memory().window(port.registration().offset(), If.RING_OFS);
    }

    @ParameterizedTest
    @MethodSource("drivers")
    void theyAreGivenBackByAPortThatCloses(NetmapDriver driver) throws NetmapException {
        // Another user of the same port, which keeps the region alive.
        try (NetmapPort other = NetmapPort.open(driver, PORT, 0, 0)) {
            // More than any region has.
            for (int i = 0; i < 400; i++) {
                NetmapPort port = NetmapPort.open(driver, PORT, 0, 256);
                assertThat(port.extraBuffers().count()).isEqualTo(256);
                port.extraBuffers().put(port.extraBuffers().take());
                port.close();
            }
            assertThat(other.extraBuffers().capacity()).isZero();
        }
    }

    /**
     * When a program is killed, netmap frees the buffers of its list. Spare buffers are then in slots, and bytes of a
     * frame are where the list has the index of the next buffer.
     */
    @ParameterizedTest
    @MethodSource("drivers")
    void nothingInUseIsFreedWithAProgramThatIsKilled(NetmapDriver driver) throws NetmapException {
        try (NetmapPort other = NetmapPort.open(driver, PORT, 0, 0)) {
            NetmapPort killed = NetmapPort.open(driver, PORT, 0, 4);
            assertThat(netmapIf(killed).getInt(If.BUFS_HEAD)).isZero();
            int spare = killed.extraBuffers().take();
            NetmapTxRing ring = other.txRings().get(0);
            // Both have the same rings.
            NetmapTxRing theirs = killed.txRings().get(0);
            long word = theirs.word(theirs.head());
            theirs.word(theirs.head(), Slot.withBuffer(word, spare));
            killed.extraBuffers().put(Slot.bufferIndex(word));
            killed.file().close();
            try (NetmapPort next = NetmapPort.open(driver, PORT, 0, 64)) {
                Set<Integer> indices = new HashSet<>();
                for (int index; (index = next.extraBuffers().take()) != 0;) {
                    assertThat(indices.add(index)).isTrue();
                }
                for (int slot = 0; slot < ring.slots(); slot++) {
                    assertThat(indices).doesNotContain(Slot.bufferIndex(ring.word(slot)));
                }
                indices.forEach(next.extraBuffers()::put);
            }
            killed.close();
        }
    }
}
