/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Files in the pcapng format. */
class PcapngReaderTest extends PcapReading {
    /**
     * if_fcslen is in bits by the specification and in bytes as written by most programs. The flags of a packet
     * override it.
     */
    @ParameterizedTest
    @CsvSource({"0,0,0", "4,0,4", "2,0,2", "32,0,4", "16,0,2", "9,0,0", "0,4,4", "32,2,2", "64,0,8"})
    void anInterfaceOrAPacketTellsItsFrameCheckSequence(int option, int flags, int fcsLength) throws IOException {
        for (Order order : Order.values()) {
            ByteBuffer file = order.buffer();
            section(file);
            file.putInt(1).putInt(32).putShort((short) 1).putShort((short) 0).putInt(0);
            file.putShort((short) 13).putShort((short) 1).put((byte) option).put(new byte[3]).putInt(0).putInt(32);
            enhanced(file, 0, 5, 64, 64, flags << 5 | 1);
            file.putInt(3).putInt(16 + 64).putInt(64).put(data(64).array()).putInt(16 + 64);
            try (PcapReader reader = reader(file)) {
                CapturedPacket packet = reader.next();
                assertThat(packet.direction()).isEqualTo(FrameDirection.INBOUND);
                assertFrame(packet, fcsLength, 64 - fcsLength, false);
                int ofInterface = flags == 0 ? fcsLength : option / 8;
                assertFrame(reader.next(), ofInterface, 64 - ofInterface, false);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsPcapngInBothOrders(Order order) throws IOException {
        ByteBuffer file = order.buffer();
        section(file);
        describe(file, 1, 0, 9, 0);
        // A name resolution block, which the reader passes over.
        file.putInt(4).putInt(16).putInt(0).putInt(16);
        describe(file, 101, 100, 0x80 | 10, 1_700_000_000);
        enhanced(file, 0, 1_700_000_000_123_456_789L, 61, 61, 1);
        enhanced(file, 1, 2048 + 512, 60, 1500, 2);
        enhanced(file, 1, 0, 3, 3, 0);
        // Obsolete: interface 1, 7 drops, no options.
        file.putInt(2).putInt(36).putShort((short) 1).putShort((short) 7).putLong(0).putInt(4).putInt(4).putInt(
            order == Order.BIG ? 0x0001_0203 : 0x0302_0100).putInt(36);
        // Simple, of interface 0.
        file.putInt(3).putInt(20).putInt(2).put(new byte[] {0, 1, 0, 0}).putInt(20);
        try (PcapReader reader = reader(file)) {
            CapturedPacket packet = reader.next();
            assertThat(packet.direction()).isEqualTo(FrameDirection.INBOUND);
            assertThat(packet.interfaceId()).isZero();
            assertThat(packet.linkType()).isEqualTo(1);
            assertPacket(packet, 1_700_000_000_123_456_789L, 61, 61);
            packet = reader.next();
            assertThat(packet.direction()).isEqualTo(FrameDirection.OUTBOUND);
            assertThat(packet.interfaceId()).isEqualTo(1);
            assertThat(packet.linkType()).isEqualTo(101);
            assertPacket(packet, 1_700_000_002_500_000_000L, 60, 1500);
            packet = reader.next();
            assertThat(packet.direction()).isNull();
            assertPacket(packet, 1_700_000_000_000_000_000L, 3, 3);
            assertPacket(reader.next(), 1_700_000_000_000_000_000L, 4, 4);
            packet = reader.next();
            assertThat(packet.hasTimestamp()).isFalse();
            assertPacket(packet, CapturedPacket.NO_TIMESTAMP, 2, 2);
            assertThat(reader.linkType()).isEmpty();
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void aSectionMayChangeTheByteOrderAndForgetsInterfaces() throws IOException {
        ByteBuffer file = Order.LITTLE.buffer();
        section(file);
        describe(file, 1, 0, 9, 0);
        enhanced(file, 0, 5, 60, 60, 0);
        file.order(ByteOrder.BIG_ENDIAN);
        section(file);
        describe(file, 1, 0, 6, 0);
        enhanced(file, 0, 5, 60, 60, 0);
        section(file);
        enhanced(file, 0, 5, 60, 60, 0);
        try (PcapReader reader = reader(file)) {
            assertPacket(reader.next(), 5, 60, 60);
            assertPacket(reader.next(), 5000, 60, 60);
            assertThatThrownBy(reader::next).isInstanceOf(PcapFormatException.class)
                .hasMessageContaining("a packet of interface 0, and 0 are described");
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1700000000,1700000000000000000", "6,1,1000", "9,1,1", "12,1999,1", "18,1000000001,1",
        "128,3,3000000000", "137,256,500000000", "160,6442450944,1500000000", "191,4611686018427387904,500000000"})
    void convertsEveryResolution(int resolution, long ticks, long nanos) throws IOException {
        assertThat(new PcapngTime().withResolution(0, resolution).nanos(0, ticks)).isEqualTo(nanos);
        assertThat(new PcapngTime().withResolution(0, resolution).withOffset(-1).nanos(0, ticks))
            .isEqualTo(nanos - 1_000_000_000L);
    }

    @Test
    void refusesTimesOutOfRange() {
        assertThatThrownBy(() -> new PcapngTime().nanos(7, -1)).isInstanceOf(PcapFormatException.class)
            .hasMessage("byte 7: a time stamp of 18446744073709551615 ticks, out of range");
        assertThatThrownBy(() -> new PcapngTime().withOffset(Long.MAX_VALUE).nanos(0, 1))
            .isInstanceOf(PcapFormatException.class);
        assertThatThrownBy(() -> new PcapngTime().withResolution(3, 19)).hasMessageContaining("10^-19");
    }
}
