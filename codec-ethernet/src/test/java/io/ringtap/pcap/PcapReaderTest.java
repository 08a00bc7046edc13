/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.ethernet.FrameDirection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PcapReaderTest {
    private static final int SECTION = 0x0a0d0d0a;
    private static final int MAGIC = 0x1a2b3c4d;

    @TempDir
    Path dir;

    /** The byte order of a file that a test makes. */
    enum Order {
        LITTLE(ByteOrder.LITTLE_ENDIAN), BIG(ByteOrder.BIG_ENDIAN);

        private final ByteOrder order;

        Order(ByteOrder order) {
            this.order = order;
        }

        ByteBuffer buffer() {
            return ByteBuffer.allocate(4096).order(order);
        }
    }

    private static PcapReader reader(ByteBuffer file) throws IOException {
        return reader(file.array(), file.position());
    }

    private static PcapReader reader(byte[] bytes, int length) throws IOException {
        return new PcapReader(new ByteArrayInputStream(bytes, 0, length), UnpooledByteBufAllocator.DEFAULT);
    }

    private static ByteBuf data(int length) {
        ByteBuf data = Unpooled.buffer(length);
        for (int i = 0; i < length; i++) {
            data.writeByte(i);
        }
        return data;
    }

    private static void assertPacket(CapturedPacket packet, long nanos, int length, int original) {
        assertThat(packet.timestampNanos()).isEqualTo(nanos);
        assertThat(packet.data()).isEqualTo(data(length));
        assertThat(packet.originalLength()).isEqualTo(original);
        assertThat(packet.isTruncated()).isEqualTo(length < original);
        packet.data().release();
        assertThat(packet.data().refCnt()).isZero();
    }

    private static ByteBuffer pcapHeader(Order order, int magic, int linkType) {
        return pcapHeader(order, magic, 2, 4, linkType);
    }

    private static ByteBuffer pcapHeader(Order order, int magic, int major, int minor, int linkType) {
        return order.buffer().putInt(magic).putShort((short) major).putShort((short) minor).putInt(0).putInt(0)
            .putInt(65535).putInt(linkType);
    }

    private static void pcapPacket(ByteBuffer file, int seconds, int fraction, int captured, int original) {
        file.putInt(seconds).putInt(fraction).putInt(captured).putInt(original).put(data(captured).array());
    }

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

    /** The header of a packet with these lengths, and then so many bytes. */
    private static void pcapPacket(ByteBuffer file, int firstLength, int secondLength, byte[] more, int captured) {
        file.putInt(1).putInt(2).putInt(firstLength).putInt(secondLength).put(more).put(data(captured).array());
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

    private static void assertFrame(CapturedPacket packet, int fcsLength, int frameLength, boolean truncated) {
        assertThat(packet.fcsLength()).isEqualTo(fcsLength);
        assertThat(packet.frameLength()).isEqualTo(frameLength);
        assertThat(packet.isTruncated()).isEqualTo(truncated);
        packet.data().release();
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

    @Test
    void saysWhereAFileCannotBeRead() throws IOException {
        ByteBuffer file = pcapHeader(Order.LITTLE, 0xa1b2c3d4, 1);
        pcapPacket(file, 60, 60, new byte[0], 60);
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(file.array(), 0, file.position()),
            new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("Input/output error");
                }
            });
        try (PcapReader reader = new PcapReader(broken, UnpooledByteBufAllocator.DEFAULT)) {
            assertFrame(reader.next(), 0, 60, false);
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class)
                .isNotInstanceOf(PcapFormatException.class).hasMessage("byte 100: Input/output error");
        }
    }

    private static void section(ByteBuffer file) {
        file.putInt(SECTION).putInt(28).putInt(MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
    }

    private static void describe(ByteBuffer file, int linkType, int snapLength, int resolution, long offset) {
        file.putInt(1).putInt(44).putShort((short) linkType).putShort((short) 0).putInt(snapLength);
        file.putShort((short) 9).putShort((short) 1).put((byte) resolution).put(new byte[3]);
        file.putShort((short) 14).putShort((short) 8).putLong(offset);
        file.putInt(0).putInt(44);
    }

    private static void enhanced(ByteBuffer file, int id, long ticks, int captured, int original, int flags) {
        int length = 44 + (captured + 3) / 4 * 4;
        file.putInt(6).putInt(length).putInt(id).putInt((int) (ticks >>> 32)).putInt((int) ticks).putInt(captured)
            .putInt(original).put(data(captured).array()).put(new byte[length - 44 - captured]);
        file.putShort((short) 2).putShort((short) 4).putInt(flags).putInt(0).putInt(length);
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

    private static void assertMalformed(ByteBuffer file, String message) {
        assertThatThrownBy(() -> {
            try (PcapReader reader = reader(file)) {
                for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                    packet.data().release();
                }
            }
        }).isInstanceOf(PcapFormatException.class).hasMessageContaining(message);
    }

    @Test
    void aSectionHasABoundedNumberOfInterfaces() {
        ByteBuffer file = ByteBuffer.allocate(28 + 65_537 * 20).order(ByteOrder.LITTLE_ENDIAN);
        section(file);
        while (file.remaining() >= 20) {
            file.putInt(1).putInt(20).putInt(1).putInt(0).putInt(20);
        }
        assertMalformed(file, "byte " + (28 + 65_536 * 20) + ": more than 65536 interfaces in a section");
    }

    @Test
    void saysWhatIsWrongWithAFile() {
        Order order = Order.LITTLE;
        assertMalformed(order.buffer(), "byte 0: the file is empty");
        assertMalformed(order.buffer().put((byte) 1), "byte 1: the file ends within a header");
        assertMalformed(Order.BIG.buffer().putInt(0x7f454c46), "no pcap or pcapng file: it begins with 7f454c46");
        assertMalformed(order.buffer().putInt(0xa1b2c3d4).putInt(5), "pcap version 5");
        assertMalformed(pcapHeader(order, 0xa1b2c3d4, 2, 5, 1), "byte 4: pcap version 2.5");
        assertMalformed(pcapHeader(order, 0xa1b2c3d4, 0x0100_0001), "byte 20: a link type of 01000001, whose reserved");
        ByteBuffer pcap = pcapHeader(order, 0xa1b2c3d4, 1);
        pcap.putInt(1).putInt(1).putInt(262_145).putInt(1);
        assertMalformed(pcap, "byte 24: a packet of 262145 bytes");
        pcap.position(32).putInt(10).putInt(10).putInt(0);
        assertMalformed(pcap, "byte 44: the file ends within a packet");

        assertMalformed(order.buffer().putInt(SECTION).putInt(28).putInt(1), "no byte order: 01000000");
        ByteBuffer file = order.buffer();
        section(file);
        int behindSection = file.position();
        assertMalformed(file.putInt(6).putInt(13), "byte 28: a block length of 13");
        assertMalformed(file.position(behindSection).putInt(6).putInt(0), "a block length of 0");
        assertMalformed(file.position(behindSection).putInt(6).putInt(0x7fff_fff0), "a block of 2147483632 bytes");
        assertMalformed(file.position(behindSection).putInt(99).putInt(0x7fff_fff0), "the file ends within a block");
        assertMalformed(file.position(behindSection).putInt(99).putInt(12).putInt(16), "12 at its beginning and 16");
        assertMalformed(file.position(behindSection).putInt(1).putInt(12).putInt(12), "interface description block is");
        assertMalformed(file.position(behindSection).putInt(6).putInt(12).putInt(12), "the packet block is too short");
        file.position(behindSection);
        describe(file, 1, 0, 9, 0);
        int behindInterface = file.position();
        enhanced(file, 1, 0, 60, 60, 0);
        assertMalformed(file, "byte 72: a packet of interface 1, and 1 are described");
        file.position(behindInterface);
        enhanced(file, 0, 0, 60, 60, 0);
        file.putInt(behindInterface + 20, 100);
        assertMalformed(file, "a packet of 100 bytes in a block with room for 72");
        file.putInt(behindInterface + 20, -1);
        assertMalformed(file, "a packet of 4294967295 bytes");
        file.putInt(behindInterface + 20, 60).putShort(behindInterface + 28 + 60 + 2, (short) 100);
        assertMalformed(file, "an option is longer than its block");
    }

    /** A short search, the same in every build. PcapReaderFuzzer in the profile fuzz searches longer. */
    @Test
    void noFileMakesItFailInAnotherWay() {
        PcapFuzz fuzz = new PcapFuzz();
        List<byte[]> seeds = PcapFuzz.seeds();
        assertThat(seeds).allMatch(fuzz::read);
        Random random = new Random(5);
        int malformed = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] file = seeds.get(i % seeds.size()).clone();
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                file[random.nextInt(file.length)] = (byte) (random.nextBoolean() ? random.nextInt(256)
                    : random.nextInt(8));
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(file.length) : file.length;
            if (!fuzz.read(Arrays.copyOf(file, length))) {
                malformed++;
            }
        }
        assertThat(malformed).isBetween(5000, 19_000);
    }

    /** Compares with tcpdump, which converts the same files to the classic pcap format. */
    @Test
    @EnabledIf("io.ringtap.pcap.PcapWriterTest#hasTcpdump")
    void readsEveryVariantAsLibpcapDoes() throws Exception {
        for (byte[] seed : PcapFuzz.seeds()) {
            Path original = Files.write(dir.resolve("original"), seed);
            Path rewritten = dir.resolve("rewritten");
            PcapWriterTest.run("tcpdump", "--nano", "-r", original.toString(), "-w", rewritten.toString());
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

    @Test
    void closesWhatItCannotRead() throws IOException {
        assertThatThrownBy(() -> PcapReader.open(dir.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        Path path = Files.write(dir.resolve("text"), new byte[] {'t', 'e', 'x', 't'});
        assertThatThrownBy(() -> PcapReader.open(path)).isInstanceOf(PcapFormatException.class)
            .hasMessageContaining("74657874");
    }
}
