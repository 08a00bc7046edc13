/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;

/** Which headers the tap driver of FreeBSD accepts; each line was tried on its kernel too, in FreeBsdKernelTapTest. */
class FreeBsdChecksumsTest {
    private static final VirtioNetHeader LAYOUT =
        VirtioNetHeader.of(VnetHeaderLength.LEGACY, ByteOrder.LITTLE_ENDIAN);
    private static final String MACS = "020000000002020000000001";
    private static final String IPV4_TCP = "0800450000280000000040060000c0000201c0000202";
    private static final String IPV4_UDP = "08004500001c0000000040110000c0000201c0000202";
    private static final String IPV6 = "20010db8000000000000000000000001" + "20010db8000000000000000000000002";
    private static final String L4 = "00".repeat(20);

    private static boolean isTaken(int flags, int start, int offset, String frame) {
        ByteBuf buf = Unpooled.wrappedBuffer(new byte[3 + 10], ByteBufUtil.decodeHexDump(frame)).readerIndex(3);
        LAYOUT.setFlags(buf, 3, flags);
        LAYOUT.setCsumStart(buf, 3, start);
        LAYOUT.setCsumOffset(buf, 3, offset);
        return new FreeBsdChecksums(LAYOUT).isTaken(buf);
    }

    @ParameterizedTest
    @CsvSource({"0, 9999, 9999, true", "1, 34, 16, true", "1, 34, 6, true", "1, 18, 16, true", "1, 17, 16, false",
        "1, 0, 16, false", "1, 34, 10, false", "1, 34, 0, false", "2, 0, 0, true", "3, 0, 0, false",
        "1, 60000, 16, true"})
    void ofAPacketOfIpv4(int flags, int start, int offset, boolean taken) {
        assertThat(isTaken(flags, start, offset, MACS + IPV4_TCP + L4)).isEqualTo(taken);
        assertThat(isTaken(flags, start + (flags == 1 ? 4 : 0), offset, MACS + "81000001" + IPV4_TCP + L4))
            .as("behind a VLAN tag").isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource({"1, 54, 16, true", "1, 38, 16, true", "1, 37, 16, false", "2, 0, 0, true"})
    void ofAPacketOfIpv6(int flags, int start, int offset, boolean taken) {
        assertThat(isTaken(flags, start, offset, MACS + "86dd600000000014" + "0640" + IPV6 + L4)).isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource({"0806", "88a8", "8100", "86dd"})
    void ofOtherFrames(String type) {
        // ARP, two tags, a tag that is cut off, an IPv6 header that is cut off.
        assertThat(isTaken(1, 34, 16, MACS + type)).isFalse();
        assertThat(isTaken(2, 0, 0, MACS + type)).isFalse();
        assertThat(isTaken(0, 34, 16, MACS + type)).isTrue();
    }

    /** DATA_VALID: the driver looks at the packet itself. */
    @ParameterizedTest
    @CsvSource({"20, true, true", "19, false, true", "8, false, true", "7, false, false", "0, false, false"})
    void aTransportHeaderThatIsCutOff(int octets, boolean tcp, boolean udp) {
        assertThat(isTaken(2, 0, 0, MACS + IPV4_TCP + "00".repeat(octets))).isEqualTo(tcp);
        assertThat(isTaken(2, 0, 0, MACS + IPV4_UDP + "00".repeat(octets))).isEqualTo(udp);
        String destinationOptions = "060104" + "00".repeat(13);
        assertThat(isTaken(2, 0, 0, MACS + "86dd600000000014" + "3c40" + IPV6 + destinationOptions
            + "00".repeat(octets))).as("behind an extension header of 16 octets").isEqualTo(tcp);
        String fragment = "0600000000000000";
        assertThat(isTaken(2, 0, 0, MACS + "86dd600000000014" + "2c40" + IPV6 + fragment + "00".repeat(octets)))
            .as("behind the header of the first fragment").isEqualTo(tcp);
        assertThat(isTaken(2, 0, 0, MACS + "86dd600000000014" + "2c40" + IPV6 + "0600000800000000"
            + "00".repeat(octets))).as("in another fragment").isTrue();
    }

    /** Of an ICMP packet, the driver leaves the checksum alone. */
    @ParameterizedTest
    @CsvSource({"01", "2f"})
    void anotherProtocol(String protocol) {
        assertThat(isTaken(2, 0, 0, MACS + "08004500001c0000000040" + protocol + "0000c0000201c0000202")).isTrue();
    }
}
