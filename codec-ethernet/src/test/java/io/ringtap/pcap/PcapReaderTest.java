/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.PooledByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Files in the classic pcap format, and comparisons with other programs. */
class PcapReaderTest extends PcapReading {
    @ParameterizedTest
    @EnumSource
    void readsPcapInBothOrdersAndResolutions(Order order) throws IOException {
        ByteBuffer micros = pcapHeader(order, 0xa1b2c3d4, 1);
        pcapPacket(micros, 1_700_000_000, 123_456, 60, 60);
        pcapPacket(micros, -1, 0, 0, 1500);
        try (PcapReader reader = reader(micros)) {
            CapturedPacket first = reader.next();
            assertThat(first.linkType()).isEqualTo(PcapLinkType.ETHERNET);
            assertThat(first.direction()).isNull();
            assertPacket(first, 1_700_000_000_123_456_000L, 60, 60);
            assertPacket(reader.next(), 0xffff_ffffL * 1_000_000_000, 0, 1500);
            assertThat(reader.next()).isNull();
            assertThat(reader.next()).isNull();
        }
        ByteBuffer nanos = pcapHeader(order, 0xa1b23c4d, 0x1400_0065);
        pcapPacket(nanos, 1_700_000_000, 123_456_789, 61, 1500);
        try (PcapReader reader = reader(nanos)) {
            CapturedPacket packet = reader.next();
            assertThat(packet.linkType()).isEqualTo(PcapLinkType.RAW);
            assertThat(packet.fcsLength()).isEqualTo(2);
            assertThat(reader.linkType()).hasValue(PcapLinkType.RAW);
            assertPacket(packet, 1_700_000_000_123_456_789L, 61, 1500);
        }
    }

    @ParameterizedTest
    @CsvSource({"2,0,100,60,60,100", "2,1,100,60,60,100", "2,2,100,60,60,100", "543,0,100,60,60,100",
        "2,3,100,60,60,100", "2,3,60,100,60,100", "2,3,-1,60,60,2147483647", "2,4,60,100,60,100",
        "2,4,60,-1,60,2147483647", "2,4,60,10,60,60"})
    void findsTheTwoLengthsWhereTheVersionHasThem(int major, int minor, int first, int second, int captured,
                                                  int original) throws IOException {
        for (Order order : Order.values()) {
            ByteBuffer file = pcapHeader(order, 0xa1b2c3d4, major, minor, 1);
            pcapPacket(file, first, second, new byte[0], captured);
            pcapPacket(file, 60, 60, new byte[0], 60);
            try (PcapReader reader = reader(file)) {
                assertPacket(reader.next(), 1_000_002_000L, captured, original);
                assertPacket(reader.next(), 1_000_002_000L, 60, 60);
                assertThat(reader.next()).isNull();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsTheLongerHeadersOfKuznetzovsVariant(Order order) throws IOException {
        ByteBuffer file = pcapHeader(order, 0xa1b2cd34, 1);
        // The interface, ETH_P_IP, the kind of packet and padding.
        byte[] more = {0, 0, 0, 3, 8, 0, 0, 0};
        pcapPacket(file, 60, 1500, more, 60);
        pcapPacket(file, 61, 61, more, 61);
        try (PcapReader reader = reader(file)) {
            assertPacket(reader.next(), 1_000_002_000L, 60, 1500);
            assertPacket(reader.next(), 1_000_002_000L, 61, 61);
            assertThat(reader.next()).isNull();
        }
        file.position(24 + 16 + 5);
        assertMalformed(file, "the file ends within a header");
    }

    @Test
    void aFrameCheckSequenceIsNoPartOfTheFrame() throws IOException {
        ByteBuffer file = pcapHeader(Order.LITTLE, 0xa1b2c3d4, 0x2400_0001);
        pcapPacket(file, 64, 64, new byte[0], 64);
        pcapPacket(file, 62, 64, new byte[0], 62);
        pcapPacket(file, 60, 64, new byte[0], 60);
        pcapPacket(file, 59, 64, new byte[0], 59);
        pcapPacket(file, 3, 3, new byte[0], 3);
        try (PcapReader reader = reader(file)) {
            assertFrame(reader.next(), 4, 60, false);
            assertFrame(reader.next(), 4, 60, false);
            assertFrame(reader.next(), 4, 60, false);
            assertFrame(reader.next(), 4, 59, true);
            assertFrame(reader.next(), 4, 0, false);
        }
        // Without the bit that says that the length is present.
        ByteBuffer absent = pcapHeader(Order.LITTLE, 0xa1b2c3d4, 0x2000_0001);
        pcapPacket(absent, 64, 64, new byte[0], 64);
        try (PcapReader reader = reader(absent)) {
            assertFrame(reader.next(), 0, 64, false);
        }
    }

    /** Compares with tcpdump, which converts the same files to the classic pcap format. */
    @Test
    @EnabledIf("io.ringtap.pcap.PcapWriterTest#hasTcpdump")
    void readsEveryVariantAsLibpcapDoes() throws Exception {
        for (byte[] seed : PcapFuzz.seeds()) {
            Path original = Files.write(dir.resolve("original"), seed);
            Path rewritten = dir.resolve("rewritten");
            PcapWriting.run("tcpdump", "--nano", "-r", original.toString(), "-w", rewritten.toString());
            try (PcapReader expected = PcapReader.open(rewritten); PcapReader reader = PcapReader.open(original)) {
                for (CapturedPacket packet = expected.next(); packet != null; packet = expected.next()) {
                    CapturedPacket ours = reader.next();
                    // For a packet without a time, libpcap returns the if_tsoffset of the interface.
                    if (ours.hasTimestamp()) {
                        assertThat(ours.timestampNanos()).isEqualTo(packet.timestampNanos());
                    }
                    assertThat(ours.originalLength()).isEqualTo(packet.originalLength());
                    assertThat(ours.data()).isEqualTo(packet.data());
                    ours.data().release();
                    packet.data().release();
                }
                assertThat(reader.next()).isNull();
            }
        }
    }

    @Test
    void readsBackWhatTheWriterWrote() throws IOException {
        Path path = dir.resolve("back.pcapng");
        try (PcapWriter writer = PcapWriter.to(path).linkType(PcapLinkType.RAW).snapLength(64).open(() -> 42)) {
            PcapInterface tun0 = writer.addInterface("tun0");
            for (int length = 0; length < 70; length++) {
                tun0.write(PooledByteBufAllocator.DEFAULT, data(length), 0, FrameDirection.OUTBOUND);
            }
        }
        try (PcapReader reader = PcapReader.open(path)) {
            for (int length = 0; length < 70; length++) {
                CapturedPacket packet = reader.next();
                assertThat(packet.linkType()).isEqualTo(PcapLinkType.RAW);
                assertThat(packet.direction()).isEqualTo(FrameDirection.OUTBOUND);
                assertPacket(packet, 42, Math.min(length, 64), length);
            }
            assertThat(reader.next()).isNull();
        }
    }
}
