/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static io.ringtap.virtio.VirtioNetHeader.GSO_ECN;
import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV4;
import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV6;
import static io.ringtap.virtio.VirtioNetHeader.GSO_UDP;
import static io.ringtap.virtio.VirtioNetHeader.GSO_UDP_L4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GsoSegmenterTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);

    private final Random random = new Random(12);

    /** Passes a super-frame through a segmenter, and verifies each segment. */
    private List<byte[]> segment(PacketBuilder packet, int gsoType, int gsoSize) {
        return segment(HEADER, SuperFrame.of(HEADER, packet, gsoType, gsoSize));
    }

    private static List<byte[]> segment(VirtioNetHeader header, ByteBuf superFrame) {
        EmbeddedChannel channel =
            new EmbeddedChannel(new GsoSegmenter(header, FrameDirection.INBOUND, VirtioNetOffloads.NONE));
        channel.writeInbound(superFrame);
        List<byte[]> frames = new ArrayList<>();
        for (ByteBuf segment = channel.readInbound(); segment != null; segment = channel.readInbound()) {
            assertThat(header.flags(segment, segment.readerIndex())).isZero();
            assertThat(header.gsoType(segment, segment.readerIndex())).isZero();
            if (header.hasNumBuffers()) {
                assertThat(header.numBuffers(segment, segment.readerIndex())).isEqualTo(1);
            }
            frames.add(SuperFrame.frame(header, segment));
        }
        channel.finishAndReleaseAll();
        return frames;
    }

    private static byte[] payloads(List<byte[]> frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frames.forEach(frame -> out.writeBytes(PacketCheck.of(frame).verifyTransport().payloadOctets()));
        return out.toByteArray();
    }

    @Test
    void segmentsTcpOverIpv4() {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, 3500).id(0xffff).sequence(0xffff_fff0L)
            .flags(PacketBuilder.ACK | PacketBuilder.PSH | PacketBuilder.FIN | PacketBuilder.CWR | PacketBuilder.URG)
            .tcpOptions((byte) 1, (byte) 1, (byte) 8, (byte) 10, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5,
                (byte) 6, (byte) 7, (byte) 8).tos(0x2e).ttl(9);
        byte[] whole = packet.build();
        List<byte[]> frames = segment(packet, GSO_TCPV4 | GSO_ECN, 1448);
        assertThat(frames).hasSize(3);
        assertThat(payloads(frames)).isEqualTo(PacketCheck.of(whole).payloadOctets());
        int[] lengths = {1448, 1448, 604};
        int[] flags = {PacketBuilder.ACK | PacketBuilder.CWR | PacketBuilder.URG, PacketBuilder.ACK | PacketBuilder.URG,
            PacketBuilder.ACK | PacketBuilder.PSH | PacketBuilder.FIN | PacketBuilder.URG};
        for (int i = 0; i < 3; i++) {
            byte[] frame = frames.get(i);
            PacketCheck check = PacketCheck.of(frame);
            assertThat(frame).hasSize(14 + 20 + 32 + lengths[i]);
            assertThat(check.u16(14 + 2)).as("total length").isEqualTo(20 + 32 + lengths[i]);
            assertThat(check.u16(14 + 4)).as("id").isEqualTo(0xffff + i & 0xffff);
            assertThat(check.u32(34 + 4)).as("sequence").isEqualTo(0xffff_fff0L + i * 1448 & 0xffff_ffffL);
            assertThat(frame[34 + 13] & 0xff).as("flags").isEqualTo(flags[i]);
            assertThat(Arrays.copyOfRange(frame, 54, 66)).as("options").isEqualTo(Arrays.copyOfRange(whole, 54, 66));
            assertThat(Arrays.copyOf(frame, 16)).as("addresses, TOS").isEqualTo(Arrays.copyOf(whole, 16));
        }
    }

    @Test
    void segmentsTcpOverIpv6WithExtensionHeaders() {
        byte[] stop = new byte[16];
        stop[0] = (byte) 0xfd;
        stop[15] = 3;
        PacketBuilder packet = PacketBuilder.tcp(6).extension(0, new byte[7]).segmentRoute(stop)
            .extension(60, new byte[15]).randomPayload(random, 2501);
        List<byte[]> frames = segment(packet, GSO_TCPV6, 1000);
        assertThat(frames).hasSize(3);
        assertThat(payloads(frames)).isEqualTo(PacketCheck.of(packet.build()).payloadOctets());
        int extensions = 8 + 24 + 16;
        assertThat(PacketCheck.of(frames.get(0)).u16(14 + 4)).isEqualTo(extensions + 20 + 1000);
        assertThat(PacketCheck.of(frames.get(2)).u16(14 + 4)).isEqualTo(extensions + 20 + 501);
    }

    /** RFC 6275: the source in the pseudo-header is the home address, as the receiver replaces the source with it. */
    @Test
    void segmentsWhatAMobileNodeSends() {
        byte[] home = new byte[16];
        home[0] = 0x20;
        home[15] = 0x55;
        PacketBuilder packet = PacketBuilder.tcp(6).homeAddress(home).randomPayload(random, 2501);
        List<byte[]> frames = segment(packet, GSO_TCPV6, 1000);
        assertThat(frames).hasSize(3);
        assertThat(payloads(frames)).isEqualTo(PacketCheck.of(packet.build()).payloadOctets());
    }

    @Test
    void keepsTagsAndIpv4Options() {
        PacketBuilder packet = PacketBuilder.tcp(4).tag(0x88a8, 100).tag(0x8100, 0x6005)
            .ipOptions(new byte[] {(byte) 0x94, 4, 0, 0, 1, 1, 1, 0}).randomPayload(random, 1500);
        List<byte[]> frames = segment(packet, GSO_TCPV4, 700);
        assertThat(frames).hasSize(3);
        assertThat(payloads(frames)).isEqualTo(PacketCheck.of(packet.build()).payloadOctets());
        for (byte[] frame : frames) {
            assertThat(Arrays.copyOf(frame, 22)).isEqualTo(Arrays.copyOf(packet.build(), 22));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void segmentsUdpIntoDatagrams(int version) {
        PacketBuilder packet = PacketBuilder.udp(version).randomPayload(random, 2500).id(7);
        List<byte[]> frames = segment(packet, GSO_UDP_L4, 1000);
        assertThat(frames).hasSize(3);
        assertThat(payloads(frames)).isEqualTo(PacketCheck.of(packet.build()).payloadOctets());
        for (int i = 0; i < 3; i++) {
            PacketCheck check = PacketCheck.of(frames.get(i));
            assertThat(check.u16(check.transport + 4)).as("UDP length").isEqualTo(i < 2 ? 1008 : 508);
            if (version == 4) {
                assertThat(check.u16(18)).isEqualTo(7 + i);
            }
        }
    }

    @Test
    void fragmentsUdpOverIpv4() {
        PacketBuilder packet = PacketBuilder.udp(4).randomPayload(random, 4000).id(9);
        byte[] whole = PacketBuilder.udp(4).payload(PacketCheck.of(packet.build()).payloadOctets()).id(9).build();
        List<byte[]> frames = segment(packet, GSO_UDP, 1485);
        assertThat(frames).hasSize(3);
        ByteArrayOutputStream datagram = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            PacketCheck check = PacketCheck.of(frames.get(i));
            assertThat(check.u16(18)).as("same id").isEqualTo(9);
            assertThat(check.u16(20)).as("fragment").isEqualTo(i * 1480 / 8 | (i < 2 ? 0x2000 : 0));
            assertThat(check.end - check.transport).isEqualTo(i < 2 ? 1480 : 4008 - 2960);
            datagram.write(frames.get(i), check.transport, check.end - check.transport);
        }
        assertThat(datagram.toByteArray()).as("reassembled, checksum completed")
            .isEqualTo(Arrays.copyOfRange(whole, 34, whole.length));
    }

    @Test
    void fragmentsUdpOverIpv6BehindTheRoutingHeader() {
        byte[] stop = new byte[16];
        stop[15] = 8;
        PacketBuilder packet = PacketBuilder.udp(6).segmentRoute(stop).extension(60, new byte[7])
            .randomPayload(random, 3000);
        byte[] payload = PacketCheck.of(packet.build()).payloadOctets();
        byte[] whole = PacketBuilder.udp(6).segmentRoute(stop).extension(60, new byte[7]).payload(payload).build();
        List<byte[]> frames = segment(packet, GSO_UDP, 1400);
        assertThat(frames).hasSize(3);
        ByteArrayOutputStream fragmentable = new ByteArrayOutputStream();
        long id = PacketCheck.of(frames.get(0)).u32(78 + 4);
        for (int i = 0; i < 3; i++) {
            byte[] frame = frames.get(i);
            PacketCheck check = PacketCheck.of(frame);
            assertThat(check.end).isEqualTo(frame.length);
            assertThat(frame[54]).as("routing names the fragment header").isEqualTo((byte) 44);
            assertThat(frame[78]).as("which names the destination options").isEqualTo((byte) 60);
            assertThat(check.u16(80)).isEqualTo(i * 1400 | (i < 2 ? 1 : 0));
            assertThat(check.u32(82)).isEqualTo(id);
            fragmentable.write(frame, 86, frame.length - 86);
        }
        assertThat(fragmentable.toByteArray()).isEqualTo(Arrays.copyOfRange(whole, 78, whole.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aDatagramThatFitsIsNotFragmented(int version) {
        PacketBuilder packet = PacketBuilder.udp(version).randomPayload(random, 992);
        byte[] payload = PacketCheck.of(packet.build()).payloadOctets();
        List<byte[]> frames = segment(packet, GSO_UDP, 1000);
        assertThat(frames).hasSize(1);
        assertThat(frames.get(0)).isEqualTo(PacketBuilder.udp(version).payload(payload).build());
    }

    @Test
    void aFrameOfOneSegmentIsCompleted() {
        for (int length : new int[] {0, 1, 1447, 1448}) {
            PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, length).flags(PacketBuilder.ACK
                | PacketBuilder.PSH);
            byte[] payload = PacketCheck.of(packet.build()).payloadOctets();
            List<byte[]> frames = segment(packet, GSO_TCPV4, 1448);
            assertThat(frames).hasSize(1);
            assertThat(frames.get(0)).isEqualTo(PacketBuilder.tcp(4).payload(payload)
                .flags(PacketBuilder.ACK | PacketBuilder.PSH).build());
        }
    }

    @Test
    void leavesPaddingOut() {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, 100).padding(11);
        List<byte[]> frames = segment(packet, GSO_TCPV4, 60);
        assertThat(frames).hasSize(2);
        assertThat(frames.get(1)).hasSize(54 + 40);
    }

    @Test
    void aZeroUdpChecksumIsSentAsOnes() {
        for (int i = 0; i < 70_000; i++) {
            PacketBuilder packet = PacketBuilder.udp(4).payload((byte) (i >> 8), (byte) i, (byte) 5, (byte) 5);
            byte[] first = PacketBuilder.udp(4).payload((byte) (i >> 8), (byte) i).build();
            if ((first[40] & first[41] & 0xff) == 0xff) {
                List<byte[]> frames = segment(packet, GSO_UDP_L4, 2);
                assertThat(PacketCheck.of(frames.get(0)).u16(40)).isEqualTo(0xffff);
                return;
            }
        }
        throw new AssertionError("no payload with that checksum");
    }

    @ParameterizedTest
    @EnumSource(value = VnetHeaderLength.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void everyHeaderLengthAndScatteredFrames(VnetHeaderLength length) {
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            VirtioNetHeader header = VirtioNetHeader.of(length, order);
            PacketBuilder packet = PacketBuilder.tcp(6).randomPayload(random, 65_000);
            ByteBuf message = SuperFrame.scattered(SuperFrame.of(header, packet, GSO_TCPV6, 1428), random);
            List<byte[]> frames = segment(header, message);
            assertThat(frames).hasSize((65_000 + 1427) / 1428);
            assertThat(payloads(frames)).isEqualTo(PacketCheck.of(packet.build()).payloadOctets());
        }
    }

    @Test
    void sharesALongPayloadAndDoesNotWriteToTheSuperFrame() {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, 9000);
        ByteBuf superFrame = SuperFrame.of(HEADER, packet, GSO_TCPV4, 3000);
        ByteBuf before = superFrame.copy();
        EmbeddedChannel channel =
            new EmbeddedChannel(new GsoSegmenter(VnetHeaderLength.MERGEABLE, FrameDirection.INBOUND));
        channel.writeInbound(superFrame.retain());
        ByteBuf first = channel.readInbound();
        assertThat(superFrame).isEqualTo(before);
        superFrame.setByte(superFrame.writerIndex() - 9000, 0x5a);
        assertThat(first.getByte(first.readerIndex() + HEADER.bytes() + 54)).isEqualTo((byte) 0x5a);
        first.release();
        channel.finishAndReleaseAll();
        assertThat(superFrame.refCnt()).isEqualTo(1);
        superFrame.release();
        before.release();
    }

    @Test
    void passesWhatIsDoneBeyondAndLeavesChecksumsToIt() {
        VirtioNetOffloads beyond = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4);
        EmbeddedChannel channel = new EmbeddedChannel(new GsoSegmenter(HEADER, FrameDirection.OUTBOUND, beyond));
        ByteBuf tso4 = SuperFrame.of(HEADER, PacketBuilder.tcp(4).randomPayload(random, 3000), GSO_TCPV4, 1000);
        channel.writeOutbound(tso4);
        assertThat(channel.<Object>readOutbound()).isSameAs(tso4);
        tso4.release();

        ByteBuf ecn =
            SuperFrame.of(HEADER, PacketBuilder.tcp(4).randomPayload(random, 1500), GSO_TCPV4 | GSO_ECN, 1000);
        ByteBuf uso = SuperFrame.of(HEADER, PacketBuilder.udp(6).randomPayload(random, 1500), GSO_UDP_L4, 1000);
        channel.writeOutbound(ecn, uso);
        for (int i = 0; i < 4; i++) {
            ByteBuf segment = channel.readOutbound();
            assertThat(HEADER.flags(segment, 0)).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
            assertThat(HEADER.gsoType(segment, 0)).isZero();
            assertThat(HEADER.csumStart(segment, 0)).isEqualTo(i < 2 ? 34 : 54);
            assertThat(HEADER.csumOffset(segment, 0)).isEqualTo(i < 2 ? 16 : 6);
            assertThat(PacketCheck.of(SuperFrame.frame(HEADER, segment)).isPartial()).isTrue();
        }
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void anImpossibleHdrLenIsNotPassedOn() {
        EmbeddedChannel channel =
            new EmbeddedChannel(new GsoSegmenter(HEADER, FrameDirection.OUTBOUND, VirtioNetOffloads.ALL));
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, 3000);
        for (int hdrLen : new int[] {3, 13, 4000, 65535}) {
            ByteBuf message = SuperFrame.of(HEADER, packet, GSO_TCPV4, 1000);
            HEADER.setHdrLen(message, 0, hdrLen);
            channel.writeOutbound(message);
            ByteBuf passed = channel.readOutbound();
            assertThat(HEADER.hdrLen(passed, 0)).isEqualTo(54);
            assertThat(HEADER.gsoSize(passed, 0)).isEqualTo(1000);
            assertThat(SuperFrame.frame(HEADER, passed)).isEqualTo(packet.build());
        }
        ByteBuf plain = PacketBuilder.tcp(4).build(12);
        HEADER.setHdrLen(plain, 0, 500);
        channel.writeOutbound(plain);
        ByteBuf passed = channel.readOutbound();
        assertThat(HEADER.hdrLen(passed, 0)).isZero();
        passed.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void aSuperFramesPromiseIsThatOfAllItsSegments() {
        EmbeddedChannel channel = new EmbeddedChannel(new GsoSegmenter(VnetHeaderLength.MERGEABLE,
            FrameDirection.OUTBOUND));
        ChannelFuture written =
            channel.write(SuperFrame.of(HEADER, PacketBuilder.tcp(4).randomPayload(random, 3000), GSO_TCPV4, 1000));
        channel.runPendingTasks();
        assertThat(written.isDone()).isFalse();
        channel.flush();
        channel.runPendingTasks();
        assertThat(written.isSuccess()).isTrue();
        channel.writeAndFlush(
            SuperFrame.of(HEADER, PacketBuilder.tcp(4).randomPayload(random, 3000), GSO_TCPV4, 1000),
            channel.voidPromise());
        channel.checkException();
        assertThat(channel.outboundMessages()).hasSize(6);
        channel.finishAndReleaseAll();
    }

    @Test
    void refusesInvalidFramesAndSaysWhy() {
        GsoSegmenter segmenter = new GsoSegmenter(VnetHeaderLength.MERGEABLE, FrameDirection.OUTBOUND);
        EmbeddedChannel channel = new EmbeddedChannel(segmenter);
        ChannelFuture written =
            channel.writeAndFlush(SuperFrame.of(HEADER, PacketBuilder.tcp(4).payload(new byte[99]), GSO_TCPV6, 50));
        assertThat(written.cause()).isInstanceOf(VirtioNetFrameException.class)
            .hasMessageContaining("gso_type is not the protocol of the frame");
        assertThat(((VirtioNetFrameException) written.cause()).verdict())
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(segmenter.validator().count(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH)).isEqualTo(1);
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void needsAHeader() {
        assertThatThrownBy(() -> new GsoSegmenter(VnetHeaderLength.NONE, FrameDirection.INBOUND))
            .isInstanceOf(IllegalArgumentException.class);
    }
}
