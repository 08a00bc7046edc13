/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

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

/** Files that are malformed or cannot be read. */
class MalformedPcapTest extends PcapReading {
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

    @Test
    void closesWhatItCannotRead() throws IOException {
        assertThatThrownBy(() -> PcapReader.open(dir.resolve("none"))).isInstanceOf(NoSuchFileException.class);
        Path path = Files.write(dir.resolve("text"), new byte[] {'t', 'e', 'x', 't'});
        assertThatThrownBy(() -> PcapReader.open(path)).isInstanceOf(PcapFormatException.class)
            .hasMessageContaining("74657874");
    }
}
