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

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** Pipelines as applications build them. */
class OffloadPipelineTest {
    private final Random random = new Random(8);

    /** A tap with 12-byte headers and offloads, and handlers that need plain frames. */
    @Test
    void anApplicationThatWantsPlainFrames() {
        EmbeddedChannel tap = new EmbeddedChannel(
            new GsoSegmenter(VnetHeaderLength.MERGEABLE, FrameDirection.INBOUND),
            new ChecksumCompletion(VnetHeaderLength.MERGEABLE, FrameDirection.INBOUND),
            new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));

        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        PacketBuilder stream = PacketBuilder.tcp(4).randomPayload(random, 4000);
        tap.writeInbound(SuperFrame.of(header, stream, VirtioNetHeader.GSO_TCPV4, 1448));
        tap.writeInbound(SuperFrame.partial(header, PacketBuilder.udp(6).randomPayload(random, 80)));
        for (int length : new int[] {1448, 1448, 1104, 80}) {
            byte[] frame = SuperFrame.frame(VirtioNetHeader.of(VnetHeaderLength.NONE), tap.readInbound());
            assertThat(PacketCheck.of(frame).verifyTransport().payloadOctets()).hasSize(length);
        }

        byte[] answer = PacketBuilder.tcp(4).payload((byte) 1).build();
        tap.writeOutbound(tap.alloc().directBuffer().writeBytes(answer));
        ByteBuf written = tap.readOutbound();
        assertThat(header.numBuffers(written, written.readerIndex())).isEqualTo(1);
        assertThat(SuperFrame.frame(header, written)).isEqualTo(answer);
        assertThat(tap.finish()).isFalse();
    }

    /** A plain port that is joined with one that sends and accepts super-frames with 10-byte headers. */
    @Test
    void aPlainPortBehindOneWithOffloads() {
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.LEGACY);
        EmbeddedChannel plain = new EmbeddedChannel(
            new VirtioNetHeaderHandler(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY),
            new ChecksumCompletion(VnetHeaderLength.LEGACY, FrameDirection.OUTBOUND),
            new GsoSegmenter(VnetHeaderLength.LEGACY, FrameDirection.OUTBOUND),
            new GroCoalescer(VnetHeaderLength.LEGACY));

        PacketBuilder datagram = PacketBuilder.udp(4).randomPayload(random, 3000).id(1);
        plain.writeOutbound(SuperFrame.of(header, datagram, VirtioNetHeader.GSO_UDP, 1480));
        for (int i = 0; i < 3; i++) {
            byte[] fragment = SuperFrame.frame(VirtioNetHeader.of(VnetHeaderLength.NONE), plain.readOutbound());
            assertThat(PacketCheck.of(fragment).u16(18)).isEqualTo(1);
        }

        Object[] segments = new Object[4];
        for (int i = 0; i < segments.length; i++) {
            segments[i] = PacketBuilder.tcp(6).sequence(i * 1000L).randomPayload(random, 1000).build(0);
        }
        plain.writeInbound(segments);
        ByteBuf superFrame = plain.readInbound();
        assertThat(header.gsoType(superFrame, 0)).isEqualTo(VirtioNetHeader.GSO_TCPV6);
        assertThat(superFrame.readableBytes()).isEqualTo(10 + 74 + 4000);
        superFrame.release();
        assertThat(plain.finish()).isFalse();
    }

    /** The result of the negotiation determines which handlers a backend needs. */
    @Test
    void aPipelineMadeOfWhatWasNegotiated() {
        Set<VirtioNetFeature> wanted = EnumSet.of(VirtioNetFeature.CSUM, VirtioNetFeature.HOST_TSO4,
            VirtioNetFeature.HOST_USO, VirtioNetFeature.MRG_RXBUF);
        VirtioNetBackend backend = new VirtioNetBackend(EnumSet.of(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY),
            VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4), VirtioNetOffloads.NONE, true);
        VirtioNetNegotiation agreed =
            VirtioNetNegotiation.negotiate(VnetHeaderLength.MERGEABLE, wanted, backend);
        VirtioNetHeader frontEnd = VirtioNetHeader.of(agreed.frontEndLength());
        VirtioNetHeader device = VirtioNetHeader.of(agreed.backendLength());

        EmbeddedChannel channel = new EmbeddedChannel(
            new VirtioNetHeaderHandler(device, frontEnd),
            new GsoSegmenter(frontEnd, FrameDirection.OUTBOUND,
                agreed.toBackend().without(agreed.toBackendInSoftware())));
        PacketBuilder stream = PacketBuilder.tcp(4).randomPayload(random, 4000);
        channel.writeOutbound(SuperFrame.of(frontEnd, stream, VirtioNetHeader.GSO_TCPV4, 1448));
        PacketBuilder datagrams = PacketBuilder.udp(4).randomPayload(random, 2000);
        channel.writeOutbound(SuperFrame.of(frontEnd, datagrams, VirtioNetHeader.GSO_UDP_L4, 1000));

        ByteBuf passed = channel.readOutbound();
        assertThat(device.bytes()).isEqualTo(10);
        assertThat(device.gsoType(passed, 0)).isEqualTo(VirtioNetHeader.GSO_TCPV4);
        assertThat(SuperFrame.frame(device, passed)).isEqualTo(stream.build());
        for (int i = 0; i < 2; i++) {
            ByteBuf segment = channel.readOutbound();
            assertThat(device.flags(segment, 0)).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
            segment.release();
        }
        assertThat(channel.finish()).isFalse();
    }
}
