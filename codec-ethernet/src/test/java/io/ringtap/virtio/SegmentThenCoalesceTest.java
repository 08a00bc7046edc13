/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Random super-frames. Each segment is correct, and together they make the super-frame again. */
class SegmentThenCoalesceTest {
    private final Random random = new Random(2026);

    private PacketBuilder random(boolean tcp, int version, int length) {
        PacketBuilder packet = (tcp ? PacketBuilder.tcp(version) : PacketBuilder.udp(version))
            .randomPayload(random, length).ports(random.nextInt(65536), random.nextInt(65536))
            .sequence(random.nextLong()).acknowledgement(random.nextLong()).id(random.nextInt(65536))
            .tos(random.nextInt(256)).ttl(random.nextInt(256)).window(random.nextInt(65536))
            .flags(random.nextBoolean() ? PacketBuilder.ACK : PacketBuilder.ACK | PacketBuilder.PSH)
            .fragment(random.nextBoolean() ? 0x4000 : 0);
        if (random.nextInt(4) == 0) {
            packet.tag(0x8100, random.nextInt(65536));
        }
        if (tcp && random.nextBoolean()) {
            byte[] options = new byte[4 * random.nextInt(11)];
            random.nextBytes(options);
            packet.tcpOptions(options);
        }
        return packet;
    }

    @Test
    void giveBackTheSuperFrame() {
        VnetHeaderLength[] lengths = {VnetHeaderLength.LEGACY, VnetHeaderLength.MERGEABLE, VnetHeaderLength.HASH,
            VnetHeaderLength.TUNNEL};
        for (int i = 0; i < 1500; i++) {
            VirtioNetHeader header = VirtioNetHeader.of(lengths[random.nextInt(lengths.length)]);
            boolean tcp = random.nextBoolean();
            int version = random.nextBoolean() ? 4 : 6;
            int size = (tcp ? 8 : 1) + random.nextInt(random.nextInt(10) == 0 ? 9000 : 1500);
            int most = tcp ? 65_400 : Math.min(65_400, 128 * size);
            int length = 1 + size + random.nextInt(Math.max(1, Math.min(most - size, 40 * size)));
            length = Math.min(length, most);
            int type = !tcp ? VirtioNetHeader.GSO_UDP_L4
                : version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
            ByteBuf superFrame = SuperFrame.of(header, random(tcp, version, length), type, size);
            ByteBuf expected = superFrame.copy();
            check(header, random.nextBoolean() ? superFrame : SuperFrame.scattered(superFrame, random), expected);
        }
    }

    private void check(VirtioNetHeader header, ByteBuf superFrame, ByteBuf expected) {
        EmbeddedChannel segmenting =
            new EmbeddedChannel(new GsoSegmenter(header, FrameDirection.INBOUND, VirtioNetOffloads.NONE));
        EmbeddedChannel coalescing =
            new EmbeddedChannel(new GroCoalescer(header, VirtioNetOffloads.ALL, 4, 1 << 16));
        segmenting.writeInbound(superFrame);
        List<Object> segments = new ArrayList<>();
        for (ByteBuf segment = segmenting.readInbound(); segment != null; segment = segmenting.readInbound()) {
            byte[] frame = new byte[segment.readableBytes() - header.bytes()];
            segment.getBytes(segment.readerIndex() + header.bytes(), frame);
            PacketCheck.of(frame).verifyTransport();
            segments.add(segment);
        }
        assertThat(segments).hasSizeGreaterThan(1);
        coalescing.writeInbound(segments.toArray());
        ByteBuf again = coalescing.readInbound();
        assertThat(again).isEqualTo(expected);
        assertThat(coalescing.inboundMessages()).isEmpty();
        again.release();
        expected.release();
    }
}
