/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.testkit.FaultyAllocator;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** What a switch completes for receivers without a vnet header. */
class ValeOffloadsTest {
    /** How many allocations of the switch succeed before one fails. */
    private int allocations = Integer.MAX_VALUE;
    private final JvmNetmap netmap = new JvmNetmap(UnpooledByteBufAllocator.DEFAULT, new FaultyAllocator(() -> {
        if (allocations-- == 0) {
            throw new OutOfMemoryError("of this test");
        }
    }));
    private final Random random = new Random(7);

    private TestPort open(String name, int header) throws NetmapException {
        return new TestPort(netmap, name).header(header);
    }

    private static byte[] message(int headerLength, PacketBuilder packet, int gsoType, int gsoSize) {
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.ofBytes(headerLength));
        ByteBuf message = packet.partial().build(headerLength);
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        header.setGsoType(message, 0, gsoType);
        header.setGsoSize(message, 0, gsoSize);
        byte[] bytes = ByteBufUtil.getBytes(message);
        message.release();
        return bytes;
    }

    private void assertNothingDropped() {
        assertThat(netmap.stats("vale0").dropped()).isZero();
    }

    /**
     * The frame for whose segments there is no memory is dropped, whole. Those before it are not sent again, and the
     * sender hears nothing, as of any drop of a switch.
     *
     * @param made how many allocations succeed: of the super-frame, and of the heads of its segments
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void withoutMemoryOneFrameIsDroppedWhole(int made) throws NetmapException {
        try (TestPort a = open("vale0:a", 12); TestPort b = open("vale0:b", 0); TestPort c = open("vale0:c", 0)) {
            byte[] plain = message(12, PacketBuilder.udp(4).randomPayload(random, 100), 0, 0);
            Arrays.fill(plain, 0, 12, (byte) 0);
            byte[] asReceived = Arrays.copyOfRange(plain, 12, plain.length);
            byte[] superFrame = message(12, PacketBuilder.tcp(4).randomPayload(random, 9000), 1, 1000);

            allocations = made;
            a.send(plain, superFrame);
            a.send(plain);

            for (TestPort receiver : List.of(b, c)) {
                assertThat(receiver.receive()).containsExactly(asReceived, asReceived);
            }
            assertThat(netmap.stats("vale0").drops().get(ValeDrop.OFFLOAD)).as("one for each receiver").isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 12})
    void aChecksumIsCompleted(int header) throws NetmapException {
        try (TestPort a = open("vale0:a", header); TestPort b = open("vale0:b", 0);
             TestPort c = open("vale0:c", header)) {
            PacketBuilder packet = PacketBuilder.udp(4).randomPayload(random, 333);
            byte[] sent = message(header, packet, VirtioNetHeader.GSO_NONE, 0);

            a.send(sent);

            List<byte[]> received = b.receive();
            assertThat(received).hasSize(1);
            PacketCheck.of(received.get(0)).verifyTransport();
            assertThat(c.receive()).containsExactly(sent);
            assertNothingDropped();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10, 4, 1, 1000, 9, 1054", "12, 4, 1, 1448, 7, 1502", "12, 4, 1, 4000, 7, 1514", "12, 6, 4, 1428, 7, 1502",
        "12, 6, 4, 60000, 7, 1514",
    })
    void aSuperFrameOfTcpIsCut(int header, int version, int type, int gsoSize, int count, int longest)
        throws NetmapException {
        try (TestPort a = open("vale0:a", header); TestPort b = open("vale0:b", 0); TestPort c = open("vale0:c", 0)) {
            PacketBuilder packet = PacketBuilder.tcp(version).randomPayload(random, 9000);
            a.send(message(header, packet, type, gsoSize));
            ByteBuf expected = Unpooled.wrappedBuffer(PacketCheck.of(packet.build()).payloadOctets());
            for (TestPort receiver : new TestPort[] {b, c}) {
                List<byte[]> received = receiver.receive();
                assertThat(received).hasSize(count);
                ByteBuf payload = Unpooled.buffer();
                for (byte[] segment : received) {
                    assertThat(segment.length).isLessThanOrEqualTo(longest);
                    payload.writeBytes(PacketCheck.of(segment).verifyTransport().payloadOctets());
                }
                assertThat(payload).isEqualTo(expected);
            }
            assertNothingDropped();
        }
    }
}
