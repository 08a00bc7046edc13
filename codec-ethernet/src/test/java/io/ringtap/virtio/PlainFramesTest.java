/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.HexFormat;

import static io.ringtap.ethernet.FrameDirection.INBOUND;
import static io.ringtap.virtio.VnetHeaderLength.MERGEABLE;
import static io.ringtap.virtio.VnetHeaderLength.NONE;
import static org.assertj.core.api.Assertions.assertThat;

/** A pipeline as an application builds it, tested without a device. */
class PlainFramesTest {
    @Test
    void aSuperFrameOfTheDeviceReachesTheApplicationAsPlainFrames() {
        EmbeddedChannel channel = new EmbeddedChannel(
            new GsoSegmenter(MERGEABLE, INBOUND),
            new ChecksumCompletion(MERGEABLE, INBOUND),
            new VirtioNetHeaderHandler(MERGEABLE, NONE));

        // 3000 octets of UDP from 192.0.2.1 to 192.0.2.2, as a tap with OFFLOADS delivers them: one frame, to be
        // segmented into datagrams of 1000, each with a checksum of its own.
        ByteBuf message = Unpooled.buffer().writeZero(MERGEABLE.bytes()).writeBytes(HexFormat.of().parseHex(
            "0200000000020200000000010800" + "45000bd4000100004011" + "0000c0000201c0000202" + "1b581b580bc08fd5"))
            .writeZero(3000);
        VirtioNetHeader header = VirtioNetHeader.of(MERGEABLE);
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_UDP_L4);
        header.setGsoSize(message, 0, 1000);
        header.setCsumStart(message, 0, 14 + 20);
        header.setCsumOffset(message, 0, 6);
        channel.writeInbound(message);

        assertThat(channel.inboundMessages()).hasSize(3);
        for (ByteBuf frame; (frame = channel.readInbound()) != null; frame.release()) {
            assertThat(frame.readableBytes()).isEqualTo(14 + 20 + 8 + 1000);
            int ip = frame.readerIndex() + 14;
            assertThat(InternetChecksum.add(InternetChecksum.pseudoHeader4(frame, ip, 17, 1008),
                InternetChecksum.sum(frame, ip + 20, 1008))).isEqualTo(0xffff);
        }
    }
}
