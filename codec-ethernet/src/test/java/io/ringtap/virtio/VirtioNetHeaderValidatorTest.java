/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.PacketBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.ringtap.virtio.VirtioNetHeader.GSO_ECN;
import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV4;
import static io.ringtap.virtio.VirtioNetHeader.GSO_TCPV6;
import static io.ringtap.virtio.VirtioNetHeader.GSO_UDP;
import static io.ringtap.virtio.VirtioNetHeader.GSO_UDP_L4;
import static io.ringtap.virtio.VirtioNetHeader.NEEDS_CSUM;
import static org.assertj.core.api.Assertions.assertThat;

class VirtioNetHeaderValidatorTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int TCP4 = 14 + 20;
    private static final int TCP6 = 14 + 40;

    private final VirtioNetHeaderValidator validator = new VirtioNetHeaderValidator(HEADER, VirtioNetOffloads.ALL);

    private VirtioNetVerdict judge(byte[] frame, int flags, int gsoType, int gsoSize, int start, int offset) {
        ByteBuf message = Unpooled.buffer().writeZero(3 + HEADER.bytes()).writeBytes(frame);
        message.readerIndex(3);
        HEADER.setFlags(message, 3, flags);
        HEADER.setGsoType(message, 3, gsoType);
        HEADER.setHdrLen(message, 3, 0xffff);
        HEADER.setGsoSize(message, 3, gsoSize);
        HEADER.setCsumStart(message, 3, start);
        HEADER.setCsumOffset(message, 3, offset);
        try {
            return validator.validate(message);
        } finally {
            message.release();
        }
    }

    private static byte[] tcp4(int payload) {
        return PacketBuilder.tcp(4).payload(new byte[payload]).partial().build();
    }

    private static byte[] tcp6(int payload) {
        return PacketBuilder.tcp(6).payload(new byte[payload]).partial().build();
    }

    private static byte[] udp(int version, int payload) {
        return PacketBuilder.udp(version).payload(new byte[payload]).partial().build();
    }

    @Test
    void acceptsWhatTheSpecificationAllows() {
        assertThat(judge(tcp4(100), 0, 0, 0, 0, 0)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(new byte[14], 0, 0, 0, 0, 0)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, TCP4, 16)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(udp(6, 1), NEEDS_CSUM, 0, 0, TCP6, 6)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(validator.hdrLen()).isEqualTo(TCP4 + 20);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4 | GSO_ECN, 1448, TCP4, 16))
            .isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(tcp6(4000), NEEDS_CSUM, GSO_TCPV6, 1428, TCP6, 16)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(udp(4, 4000), NEEDS_CSUM, GSO_UDP, 1480, TCP4, 6)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(udp(6, 128), NEEDS_CSUM, GSO_UDP_L4, 1, TCP6, 6)).isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void aFrameThatIsNoLongerThanASegmentIsPlain() {
        assertThat(judge(tcp4(100), NEEDS_CSUM, GSO_TCPV4, 100, TCP4, 16)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(tcp4(0), NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16)).isSameAs(VirtioNetVerdict.VALID);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 0x10, 0x80, 0xfe})
    void ignoresOtherFlags(int flags) {
        assertThat(judge(tcp4(100), flags, 0, 0, 9999, 9999)).isSameAs(VirtioNetVerdict.VALID);
    }

    @ParameterizedTest
    @CsvSource({"2,UNKNOWN_GSO_TYPE", "6,UNKNOWN_GSO_TYPE", "0x10,UNKNOWN_GSO_TYPE", "0x80,UNKNOWN_GSO_TYPE",
        "0x21,GSO_NOT_NEGOTIATED", "0x44,GSO_NOT_NEGOTIATED", "0x61,GSO_NOT_NEGOTIATED", "0x83,ECN_WITHOUT_TCP",
        "0x85,ECN_WITHOUT_TCP"})
    void rejectsTypes(String type, VirtioNetVerdict verdict) {
        assertThat(judge(tcp4(4000), NEEDS_CSUM, Integer.decode(type), 1448, TCP4, 16)).isSameAs(verdict);
    }

    @ParameterizedTest
    @CsvSource({"0", "65535"})
    void rejectsSizes(int size) {
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4, size, TCP4, 16)).isSameAs(VirtioNetVerdict.BAD_GSO_SIZE);
        assertThat(judge(tcp4(10), NEEDS_CSUM, GSO_TCPV4, size, TCP4, 16)).isSameAs(VirtioNetVerdict.BAD_GSO_SIZE);
    }

    @Test
    void rejectsFragmentsOfLessThanEightOctets() {
        assertThat(judge(udp(4, 100), NEEDS_CSUM, GSO_UDP, 7, TCP4, 6)).isSameAs(VirtioNetVerdict.BAD_GSO_SIZE);
        assertThat(judge(udp(4, 100), NEEDS_CSUM, GSO_UDP, 8, TCP4, 6)).isSameAs(VirtioNetVerdict.VALID);
    }

    @ParameterizedTest
    @ValueSource(ints = {GSO_TCPV4, GSO_TCPV6, GSO_UDP, GSO_UDP_L4})
    void rejectsSegmentationWithoutChecksum(int type) {
        assertThat(judge(tcp4(4000), 0, type, 1448, TCP4, 16)).isSameAs(VirtioNetVerdict.GSO_WITHOUT_CSUM);
    }

    @Test
    void rejectsChecksumsOutsideTheFrame() {
        int length = tcp4(100).length;
        assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, length - 17, 16)).isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
        assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, TCP4, 119)).isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
        assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, 0xffff, 0xffff)).isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4, 1448, 5000, 16))
            .isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
        byte[] padded = PacketBuilder.udp(4).payload((byte) 1).padding(30).build();
        assertThat(judge(padded, NEEDS_CSUM, 0, 0, TCP4 + 10, 0)).as("in the padding")
            .isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
    }

    @Test
    void rejectsChecksumsInsideHeaders() {
        for (int start : new int[] {0, 14, 33, 35, 40}) {
            assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, start, 16)).isSameAs(VirtioNetVerdict.BAD_CSUM_START);
        }
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4, 1448, TCP4 + 1, 16))
            .isSameAs(VirtioNetVerdict.BAD_CSUM_START);
        assertThat(judge(tcp4(100), NEEDS_CSUM, 0, 0, TCP4, 0)).isSameAs(VirtioNetVerdict.BAD_CSUM_OFFSET);
        assertThat(judge(udp(4, 100), NEEDS_CSUM, 0, 0, TCP4, 16)).isSameAs(VirtioNetVerdict.BAD_CSUM_OFFSET);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 6))
            .isSameAs(VirtioNetVerdict.BAD_CSUM_OFFSET);
        assertThat(judge(udp(4, 400), NEEDS_CSUM, GSO_UDP_L4, 100, TCP4, 16))
            .isSameAs(VirtioNetVerdict.BAD_CSUM_OFFSET);
    }

    @Test
    void acceptsAChecksumInsideATunnel() {
        assertThat(judge(udp(4, 100), NEEDS_CSUM, 0, 0, TCP4 + 8 + 8 + 14 + 20, 16))
            .isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void acceptsAChecksumOfAnotherProtocol() {
        byte[] other = new byte[100];
        assertThat(judge(other, NEEDS_CSUM, 0, 0, 34, 2)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(other, NEEDS_CSUM, 0, 0, 33, 2)).isSameAs(VirtioNetVerdict.BAD_CSUM_START);
        assertThat(judge(other, NEEDS_CSUM, 0, 0, 98, 1)).isSameAs(VirtioNetVerdict.CSUM_OUT_OF_FRAME);
        byte[] sctp = tcp4(100);
        sctp[23] = (byte) 132;
        assertThat(judge(sctp, NEEDS_CSUM, 0, 0, 34, 8)).isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void rejectsTypesThatAreNotTheFrames() {
        assertThat(judge(tcp6(4000), NEEDS_CSUM, GSO_TCPV4, 1448, TCP6, 16))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_TCPV6, 1448, TCP4, 16))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(judge(udp(4, 4000), NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(judge(tcp4(4000), NEEDS_CSUM, GSO_UDP, 1448, TCP4, 6))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(judge(tcp6(4000), NEEDS_CSUM, GSO_UDP_L4, 1448, TCP6, 6))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        assertThat(judge(new byte[4000], NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16))
            .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
    }

    @Test
    void rejectsExtensionHeadersThatCannotBeSegmented() {
        for (int type : new int[] {50, 51}) {
            byte[] frame = PacketBuilder.tcp(6).extension(type, new byte[7]).payload(new byte[4000]).build();
            assertThat(judge(frame, NEEDS_CSUM, GSO_TCPV6, 1448, TCP6 + 8, 16))
                .isSameAs(VirtioNetVerdict.GSO_PROTOCOL_MISMATCH);
        }
        byte[] fragment = PacketBuilder.udp(6).extension(44, (byte) 0, (byte) 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0,
            (byte) 9).payload(new byte[4000]).build();
        assertThat(judge(fragment, NEEDS_CSUM, GSO_UDP, 1448, TCP6 + 8, 6)).isSameAs(VirtioNetVerdict.FRAGMENTED);
        assertThat(judge(fragment, NEEDS_CSUM, 0, 0, TCP6 + 8, 6)).isSameAs(VirtioNetVerdict.FRAGMENTED);
        byte[] atomic = PacketBuilder.udp(6).extension(44, new byte[7]).payload(new byte[4000]).build();
        assertThat(judge(atomic, NEEDS_CSUM, GSO_UDP, 1448, TCP6 + 8, 6)).isSameAs(VirtioNetVerdict.FRAGMENTED);
        byte[] route = PacketBuilder.tcp(6).route(3, new byte[16]).payload(new byte[4000]).build();
        assertThat(judge(route, NEEDS_CSUM, GSO_TCPV6, 1448, TCP6 + 24, 16)).isSameAs(VirtioNetVerdict.BAD_IP_HEADER);
        byte[] extended = PacketBuilder.tcp(6).extension(0, new byte[7]).payload(new byte[4000]).build();
        assertThat(judge(extended, NEEDS_CSUM, GSO_TCPV6, 1448, TCP6 + 8, 16)).isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void rejectsMalformedPackets() {
        byte[] total = tcp4(4000);
        total[16] = 0x7f;
        assertThat(judge(total, NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16)).isSameAs(VirtioNetVerdict.BAD_IP_HEADER);
        assertThat(judge(total, NEEDS_CSUM, 0, 0, TCP4, 16)).isSameAs(VirtioNetVerdict.BAD_IP_HEADER);
        byte[] doff = tcp4(4000);
        doff[TCP4 + 12] = 0x40;
        assertThat(judge(doff, NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16))
            .isSameAs(VirtioNetVerdict.BAD_TRANSPORT_HEADER);
        byte[] longHeader = tcp4(10);
        longHeader[TCP4 + 12] = (byte) 0xf0;
        assertThat(judge(longHeader, NEEDS_CSUM, GSO_TCPV4, 8, TCP4, 16))
            .isSameAs(VirtioNetVerdict.BAD_TRANSPORT_HEADER);
        byte[] udpLength = udp(4, 400);
        udpLength[TCP4 + 5]++;
        assertThat(judge(udpLength, NEEDS_CSUM, GSO_UDP_L4, 100, TCP4, 6))
            .isSameAs(VirtioNetVerdict.BAD_TRANSPORT_HEADER);
        byte[] fragment = PacketBuilder.tcp(4).fragment(0x2000).payload(new byte[4000]).build();
        assertThat(judge(fragment, NEEDS_CSUM, GSO_TCPV4, 1448, TCP4, 16)).isSameAs(VirtioNetVerdict.FRAGMENTED);
    }

    @Test
    void limitsSegments() {
        assertThat(judge(udp(4, 129), NEEDS_CSUM, GSO_UDP_L4, 1, TCP4, 6))
            .isSameAs(VirtioNetVerdict.TOO_MANY_SEGMENTS);
        assertThat(judge(tcp4(65_495), NEEDS_CSUM, GSO_TCPV4, 8, TCP4, 16)).isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void rejectsSegmentsOfTcpThatAreSmallerThanLinuxMakes() {
        for (int size : new int[] {1, 7}) {
            assertThat(judge(tcp4(100), NEEDS_CSUM, GSO_TCPV4, size, TCP4, 16))
                .isSameAs(VirtioNetVerdict.BAD_GSO_SIZE);
            assertThat(judge(tcp6(100), NEEDS_CSUM, GSO_TCPV6 | GSO_ECN, size, TCP6, 16))
                .isSameAs(VirtioNetVerdict.BAD_GSO_SIZE);
            assertThat(judge(udp(4, 100), NEEDS_CSUM, GSO_UDP_L4, size, TCP4, 6)).isSameAs(VirtioNetVerdict.VALID);
        }
    }

    /** Linux counts them, and refuses the frame: 1151 octets in 128 datagrams of 9, and 46 octets behind them. */
    @Test
    void countsPaddingBehindDatagrams() {
        byte[] fits = PacketBuilder.udp(4).payload(new byte[1151]).padding(1).build();
        assertThat(judge(fits, NEEDS_CSUM, GSO_UDP_L4, 9, TCP4, 6)).isSameAs(VirtioNetVerdict.VALID);
        byte[] padded = PacketBuilder.udp(4).payload(new byte[1151]).padding(46).build();
        assertThat(judge(padded, NEEDS_CSUM, GSO_UDP_L4, 9, TCP4, 6)).isSameAs(VirtioNetVerdict.TOO_MANY_SEGMENTS);
    }

    /** Each segment has all headers: with headers of 32 KiB, 4000 segments would need 125 MiB. */
    @Test
    void limitsWhatHeadersComeTo() {
        byte[] frame = PacketBuilder.tcp(6).extension(60, new byte[2047]).extension(60, new byte[2047])
            .payload(new byte[32_000]).build();
        assertThat(judge(frame, NEEDS_CSUM, GSO_TCPV6, 8, TCP6 + 4096, 16))
            .isSameAs(VirtioNetVerdict.TOO_MANY_SEGMENTS);
        assertThat(judge(frame, NEEDS_CSUM, GSO_TCPV6, 1448, TCP6 + 4096, 16)).isSameAs(VirtioNetVerdict.VALID);
    }

    @Test
    void limitsTheFrame() {
        assertThat(judge(new byte[13], 0, 0, 0, 0, 0)).isSameAs(VirtioNetVerdict.FRAME_TOO_SHORT);
        assertThat(judge(new byte[65597], 0, 0, 0, 0, 0)).isSameAs(VirtioNetVerdict.VALID);
        assertThat(judge(new byte[65598], 0, 0, 0, 0, 0)).isSameAs(VirtioNetVerdict.FRAME_TOO_LONG);
    }

    @ParameterizedTest
    @EnumSource(VnetHeaderLength.class)
    void rejectsMessagesShorterThanTheHeader(VnetHeaderLength length) {
        VirtioNetHeaderValidator own =
            new VirtioNetHeaderValidator(VirtioNetHeader.of(length), VirtioNetOffloads.NONE);
        for (int i = 0; i < length.bytes(); i++) {
            assertThat(own.validate(Unpooled.wrappedBuffer(new byte[i])))
                .isSameAs(VirtioNetVerdict.SHORTER_THAN_HEADER);
        }
        assertThat(own.validate(Unpooled.wrappedBuffer(new byte[length.bytes()])))
            .isSameAs(VirtioNetVerdict.FRAME_TOO_SHORT);
        assertThat(own.validate(Unpooled.wrappedBuffer(new byte[length.bytes() + 14])))
            .isSameAs(VirtioNetVerdict.VALID);
        assertThat(own.rejected()).isEqualTo(length.bytes() + 1);
        assertThat(own.count(VirtioNetVerdict.SHORTER_THAN_HEADER)).isEqualTo(length.bytes());
    }

    @Test
    void honoursFeaturesOneByOne() {
        int[] types = {GSO_TCPV4, GSO_TCPV6, GSO_TCPV4 | GSO_ECN, GSO_UDP, GSO_UDP_L4, GSO_UDP_L4};
        int[] versions = {4, 6, 4, 4, 4, 6};
        VirtioNetOffload[] needs = {VirtioNetOffload.TSO4, VirtioNetOffload.TSO6, VirtioNetOffload.ECN,
            VirtioNetOffload.UFO, VirtioNetOffload.USO4, VirtioNetOffload.USO6};
        for (int i = 0; i < types.length; i++) {
            boolean udp = i > 2;
            int l4 = versions[i] == 4 ? TCP4 : TCP6;
            byte[] frame = udp ? udp(versions[i], 400) : versions[i] == 4 ? tcp4(400) : tcp6(400);
            ByteBuf message = Unpooled.buffer().writeZero(12).writeBytes(frame);
            HEADER.setFlags(message, 0, NEEDS_CSUM);
            HEADER.setGsoType(message, 0, types[i]);
            HEADER.setGsoSize(message, 0, 100);
            HEADER.setCsumStart(message, 0, l4);
            HEADER.setCsumOffset(message, 0, udp ? 6 : 16);
            VirtioNetOffloads without = VirtioNetOffloads.ALL.without(VirtioNetOffloads.of(needs[i]));
            assertThat(new VirtioNetHeaderValidator(HEADER, without).validate(message))
                .as("%s refused", needs[i]).isSameAs(VirtioNetVerdict.GSO_NOT_NEGOTIATED);
            assertThat(validator.validate(message)).as("%s", needs[i]).isSameAs(VirtioNetVerdict.VALID);
            message.release();
        }
        VirtioNetHeaderValidator none = new VirtioNetHeaderValidator(HEADER, VirtioNetOffloads.NONE);
        ByteBuf message = Unpooled.buffer().writeZero(12).writeBytes(tcp4(10));
        HEADER.setFlags(message, 0, NEEDS_CSUM);
        assertThat(none.validate(message)).isSameAs(VirtioNetVerdict.CSUM_NOT_NEGOTIATED);
        message.release();
    }
}
