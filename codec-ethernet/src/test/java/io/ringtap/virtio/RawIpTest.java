/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV4;
import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV6;
import static io.ringtap.virtio.VirtioNetHeader.GSO_UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** IP packets without an Ethernet header. The results are the same as for the packet in an Ethernet frame. */
class RawIpTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final VirtioNetHeader NONE = VirtioNetHeader.of(VnetHeaderLength.NONE);
    private static final int ETHERNET = 14;
    private static final int MUTATIONS = 20_000;

    private final Random random = new Random(33);

    /** All handlers that finish a super-frame and remove the header. */
    private static EmbeddedChannel finishing(LinkLayer link, VirtioNetHeader header) {
        return new EmbeddedChannel(
            new GsoSegmenter(link, header, FrameDirection.INBOUND, VirtioNetOffloads.NONE),
            new ChecksumCompletion(link, header, FrameDirection.INBOUND),
            new VirtioNetHeaderHandler(link, header, NONE));
    }

    private static List<byte[]> read(EmbeddedChannel channel) {
        List<byte[]> frames = new ArrayList<>();
        for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            frames.add(ByteBufUtil.getBytes(frame));
            frame.release();
        }
        return frames;
    }

    @ParameterizedTest
    @CsvSource({"4, 1, 3", "6, 4, 3", "4, 5, 3", "6, 5, 3", "4, 3, 4", "6, 3, 4", "4, 0, 1", "6, 0, 1"})
    void packetsAreFinished(int version, int gsoType, int count) {
        boolean tcp = gsoType == GSO_TCPV4 || gsoType == GSO_TCPV6;
        PacketBuilder packet = (tcp ? PacketBuilder.tcp(version) : PacketBuilder.udp(version)).rawIp()
            .fragment(gsoType == GSO_UDP ? 0 : 0x4000).randomPayload(random, 3000 - (gsoType == 0 ? 1000 : 0));
        byte[] whole = packet.build();
        EmbeddedChannel channel = finishing(LinkLayer.RAW_IP, HEADER);
        channel.writeInbound(SuperFrame.of(HEADER, packet, gsoType, 1000));
        List<byte[]> packets = read(channel);
        assertThat(packets).hasSize(count);
        int payload = 0;
        for (byte[] each : packets) {
            PacketCheck check = PacketCheck.ofRawIp(each);
            assertThat(check.network).isZero();
            if (gsoType != GSO_UDP) {
                payload += check.verifyTransport().payloadOctets().length;
            }
        }
        if (gsoType != GSO_UDP) {
            assertThat(payload).isEqualTo(PacketCheck.ofRawIp(whole).payloadOctets().length);
        }
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void segmentsBecomeTheSuperFrameAgain(int version) {
        int gsoType = version == 4 ? GSO_TCPV4 : GSO_TCPV6;
        PacketBuilder packet = PacketBuilder.tcp(version).rawIp().flags(PacketBuilder.ACK | PacketBuilder.PSH)
            .tcpOptions(new byte[12]).randomPayload(random, 44 * 1448);
        ByteBuf superFrame = SuperFrame.of(HEADER, packet, gsoType, 1448);
        ByteBuf expected = superFrame.copy();
        EmbeddedChannel segmenting = new EmbeddedChannel(
            new GsoSegmenter(LinkLayer.RAW_IP, HEADER, FrameDirection.INBOUND, VirtioNetOffloads.NONE),
            new VirtioNetHeaderHandler(LinkLayer.RAW_IP, HEADER, NONE));
        EmbeddedChannel coalescing = new EmbeddedChannel(
            new GroCoalescer(LinkLayer.RAW_IP, NONE, HEADER, VirtioNetOffloads.ALL, 4, 100));
        segmenting.writeInbound(superFrame);
        for (ByteBuf segment = segmenting.readInbound(); segment != null; segment = segmenting.readInbound()) {
            coalescing.writeOneInbound(segment);
        }
        coalescing.flushInbound();
        ByteBuf again = coalescing.readInbound();
        // A header that is put in front does not say that one buffer was merged. Everything else is as it was.
        again.skipBytes(VnetHeaderLength.LEGACY.bytes() + 2);
        expected.skipBytes(VnetHeaderLength.LEGACY.bytes() + 2);
        assertThat(again).isEqualTo(expected);
        assertThat(coalescing.inboundMessages()).isEmpty();
        again.release();
        expected.release();
        segmenting.finishAndReleaseAll();
        coalescing.finishAndReleaseAll();
    }

    @ParameterizedTest
    @EnumSource(LinkLayer.class)
    void framesWithoutHeaderGoOnWithOne(LinkLayer link) {
        EmbeddedChannel channel =
            new EmbeddedChannel(new GroCoalescer(link, NONE, HEADER, VirtioNetOffloads.ALL, 4, 100));
        PacketBuilder[] packets = {
            PacketBuilder.tcp(4).flags(PacketBuilder.SYN), PacketBuilder.udp(6).payload(new byte[50]),
            PacketBuilder.tcp(6).sequence(1).payload(new byte[20]), PacketBuilder.tcp(6).sequence(21)
                .flags(PacketBuilder.ACK | PacketBuilder.PSH).payload(new byte[10]),
        };
        List<byte[]> built = new ArrayList<>();
        for (PacketBuilder packet : packets) {
            built.add((link == LinkLayer.RAW_IP ? packet.rawIp() : packet).build());
            channel.writeOneInbound(Unpooled.directBuffer().writeBytes(built.get(built.size() - 1)));
        }
        channel.flushInbound();
        List<byte[]> out = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            types.add(HEADER.gsoType(frame, frame.readerIndex()));
            out.add(SuperFrame.frame(HEADER, frame));
        }
        // The last two are joined. The datagram has waited for others until the end.
        assertThat(types).containsExactly(VirtioNetHeader.GSO_NONE, GSO_TCPV6, VirtioNetHeader.GSO_NONE);
        assertThat(out.get(0)).isEqualTo(built.get(0));
        assertThat(out.get(1)).hasSize(built.get(2).length + 10);
        assertThat(out.get(2)).isEqualTo(built.get(1));
        channel.finishAndReleaseAll();
    }

    @Test
    void headersThatWouldBeLostAreRefused() {
        VirtioNetHeader other = VirtioNetHeader.of(VnetHeaderLength.LEGACY);
        assertThatThrownBy(() -> new GroCoalescer(LinkLayer.RAW_IP, other, HEADER, VirtioNetOffloads.ALL, 4, 100))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GroCoalescer(LinkLayer.RAW_IP, NONE, NONE, VirtioNetOffloads.ALL, 4, 100))
            .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void outboundSuperFramesAreFinished() {
        EmbeddedChannel channel = new EmbeddedChannel(
            new ChecksumCompletion(LinkLayer.RAW_IP, HEADER, FrameDirection.OUTBOUND),
            new GsoSegmenter(LinkLayer.RAW_IP, HEADER, FrameDirection.OUTBOUND,
                VirtioNetOffloads.of(VirtioNetOffload.CSUM)));
        PacketBuilder packet = PacketBuilder.tcp(6).rawIp().randomPayload(random, 2500);
        assertThat(channel.writeOutbound(SuperFrame.of(HEADER, packet, GSO_TCPV6, 1000))).isTrue();
        for (int i = 0; i < 3; i++) {
            PacketCheck.ofRawIp(SuperFrame.frame(HEADER, channel.readOutbound())).verifyTransport();
        }
        assertThat(channel.outboundMessages()).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void judgesTheBoundsOfPackets() {
        VirtioNetHeaderValidator validator =
            new VirtioNetHeaderValidator(LinkLayer.RAW_IP, HEADER, VirtioNetOffloads.ALL);
        int[] lengths = {0, 1, 65575, 65576};
        VirtioNetVerdict[] verdicts = {VirtioNetVerdict.FRAME_TOO_SHORT, VirtioNetVerdict.VALID, VirtioNetVerdict.VALID,
            VirtioNetVerdict.FRAME_TOO_LONG};
        for (int i = 0; i < lengths.length; i++) {
            ByteBuf message = Unpooled.buffer().writeZero(HEADER.bytes() + lengths[i]);
            assertThat(validator.validate(message)).as("%d octets", lengths[i]).isSameAs(verdicts[i]);
            message.release();
        }
        // Linux refuses an hdr_len below 14 for a tap, not for a TUN device.
        ByteBuf message = SuperFrame.of(HEADER, PacketBuilder.tcp(4).rawIp().payload(new byte[9]), GSO_TCPV4, 4);
        HEADER.setHdrLen(message, 0, 3);
        assertThat(validator.isHdrLenPossible(message)).isTrue();
        message.release();
    }

    @Test
    void neitherVersionOfIpPassesAndIsNotSegmented() {
        EmbeddedChannel channel = finishing(LinkLayer.RAW_IP, HEADER);
        ByteBuf other = SuperFrame.of(HEADER, PacketBuilder.tcp(4).rawIp().payload(new byte[90]), GSO_TCPV4, 40);
        other.setByte(HEADER.bytes(), 0x55);
        channel.writeInbound(other);
        assertThat(read(channel)).isEmpty();
        assertThat(channel.pipeline().get(GsoSegmenter.class).validator()
            .count(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH)).isOne();
        ByteBuf plain = Unpooled.buffer().writeZero(HEADER.bytes()).writeByte(0x55);
        channel.writeInbound(plain);
        assertThat(read(channel)).containsExactly(new byte[] {0x55});
        channel.finishAndReleaseAll();
    }

    /** The corpus of the fuzzer and mutations of it, with and without the Ethernet header. The results are the same. */
    @Test
    void anyMessageFaresAsItDoesInEthernet() throws Exception {
        List<byte[]> inputs = new ArrayList<>(FuzzSeeds.messages());
        inputs.addAll(VirtioNetFuzzTest.Target.finish.corpus());
        int seeds = inputs.size();
        int compared = 0;
        int segmented = 0;
        for (int i = 0; i < MUTATIONS + seeds; i++) {
            byte[] input = inputs.get(i < seeds ? i : random.nextInt(seeds)).clone();
            if (i >= seeds && input.length > 0) {
                input[random.nextInt(Math.min(input.length, 120))] = (byte) random.nextInt();
            }
            VirtioNetHeader header = input.length == 0 ? NONE : VirtioNetFuzz.header(input);
            byte[] octets = Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
            byte[] stripped = withoutEthernet(header, octets);
            if (stripped != null) {
                compared++;
                segmented += compare(header, octets, stripped) > 1 ? 1 : 0;
            }
        }
        assertThat(compared).as("compared").isGreaterThan(MUTATIONS / 4);
        assertThat(segmented).as("segmented").isGreaterThan(MUTATIONS / 20);
    }

    private static int compare(VirtioNetHeader header, byte[] octets, byte[] stripped) {
        EmbeddedChannel ethernet = finishing(LinkLayer.ETHERNET, header);
        EmbeddedChannel raw = finishing(LinkLayer.RAW_IP, header);
        ethernet.writeInbound(Unpooled.wrappedBuffer(octets));
        raw.writeInbound(Unpooled.wrappedBuffer(stripped));
        List<byte[]> packets = read(raw);
        List<byte[]> frames = read(ethernet);
        assertThat(packets).hasSameSizeAs(frames);
        for (int i = 0; i < frames.size(); i++) {
            assertThat(packets.get(i)).isEqualTo(Arrays.copyOfRange(frames.get(i), ETHERNET, frames.get(i).length));
        }
        VirtioNetHeaderValidator one = ethernet.pipeline().get(GsoSegmenter.class).validator();
        VirtioNetHeaderValidator other = raw.pipeline().get(GsoSegmenter.class).validator();
        for (VirtioNetVerdict verdict : VirtioNetVerdict.values()) {
            assertThat(other.count(verdict)).as("%s", verdict).isEqualTo(one.count(verdict));
        }
        ethernet.finishAndReleaseAll();
        raw.finishAndReleaseAll();
        return frames.size();
    }

    /** The same message for a TUN device, or {@code null} if there is none. */
    private static byte[] withoutEthernet(VirtioNetHeader header, byte[] octets) {
        int network = header.bytes() + ETHERNET;
        if (header == NONE || octets.length <= network) {
            return null;
        }
        int type = (octets[network - 2] & 255) << 8 | octets[network - 1] & 255;
        int version = octets[network] >>> 4 & 15;
        ByteBuf buf = Unpooled.wrappedBuffer(octets);
        int start = header.csumStart(buf, 0);
        boolean needsCsum = (header.flags(buf, 0) & VirtioNetHeader.NEEDS_CSUM) != 0;
        boolean sameVersion = type == 0x0800 && version == 4 || type == 0x86dd && version == 6;
        // The identification of IPv6 fragments is random.
        boolean random = version == 6 && (header.gsoType(buf, 0) & ~VirtioNetHeader.GSO_ECN) == GSO_UDP;
        if (!sameVersion || random || needsCsum && start < ETHERNET) {
            return null;
        }
        byte[] stripped = new byte[octets.length - ETHERNET];
        System.arraycopy(octets, 0, stripped, 0, header.bytes());
        System.arraycopy(octets, network, stripped, header.bytes(), octets.length - network);
        header.setCsumStart(Unpooled.wrappedBuffer(stripped), 0, Math.max(0, start - ETHERNET));
        return stripped;
    }
}
