/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.UnpooledByteBufAllocator;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The fuzz target of the reader. It reads any octets as a capture file. It throws if the reader fails without saying
 * what is wrong with the file, if a packet contradicts itself, or if the clock of a replay leaps. It uses no fuzzing
 * library.
 */
final class PcapFuzz {
    private static final long LONGEST_GAP = 1_000_000_000L;

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false, false);

    /** Reads a file to its end, or to the point where it is malformed, and then returns false. */
    boolean read(byte[] file) {
        RecordedClock clock = new RecordedClock(LONGEST_GAP);
        try (PcapReader reader = new PcapReader(new ByteArrayInputStream(file), alloc)) {
            for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                try {
                    check(reader, packet, clock.gapTo(packet), file);
                } finally {
                    packet.data().release();
                }
            }
            return true;
        } catch (PcapFormatException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError("an array cannot fail: " + Arrays.toString(file), e);
        } finally {
            require(alloc.metric().usedHeapMemory() == 0, "a leak", file);
        }
    }

    private static void check(PcapReader reader, CapturedPacket packet, long gap, byte[] file) {
        int captured = packet.data().readableBytes();
        require(captured <= packet.originalLength(), "more than there was", file);
        require(captured <= PcapReader.MAX_PACKET, "too long", file);
        require(packet.frameLength() >= 0 && packet.frameLength() <= captured, "frame length", file);
        require(packet.fcsLength() >= 0 && packet.fcsLength() <= 31, "frame check sequence", file);
        require(packet.isTruncated() == (packet.frameLength() < packet.originalLength() - packet.fcsLength()),
            "truncated", file);
        require(packet.linkType() >= 0 && packet.linkType() <= 0xffff, "link type", file);
        require(reader.linkType().orElse(packet.linkType()) == packet.linkType(), "another link type", file);
        require(gap >= 0 && gap <= LONGEST_GAP, "a leap", file);
    }

    private static void require(boolean right, String what, byte[] file) {
        if (!right) {
            throw new AssertionError(what + ": " + Arrays.toString(file));
        }
    }

    /** Valid files of every variant and byte order, from which mutation starts. */
    static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            for (int magic : new int[] {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34}) {
                for (int minor = 2; minor <= 4; minor++) {
                    seeds.add(pcap(order, magic, minor));
                }
            }
            seeds.add(pcapng(order));
        }
        return seeds;
    }

    private static byte[] pcap(ByteOrder order, int magic, int minor) {
        ByteBuffer file = ByteBuffer.allocate(512).order(order).putInt(magic).putShort((short) 2)
            .putShort((short) minor).putLong(0).putInt(65535).putInt(0x2400_0001);
        for (int i = 0; i < 3; i++) {
            int captured = 20 + i;
            int original = 20 + 2 * i;
            boolean swapped = minor == 2 || minor == 3 && i == 1;
            file.putInt(i).putInt(i * 1000).putInt(swapped ? original : captured)
                .putInt(swapped ? captured : original);
            if (magic == 0xa1b2cd34) {
                file.putInt(3).putInt(8);
            }
            file.put(new byte[captured]);
        }
        return Arrays.copyOf(file.array(), file.position());
    }

    private static byte[] pcapng(ByteOrder order) {
        ByteBuffer file = ByteBuffer.allocate(1024).order(order).putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d)
            .putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
        file.putInt(1).putInt(52).putShort((short) 1).putShort((short) 0).putInt(40);
        file.putShort((short) 9).putShort((short) 1).put((byte) (0x80 | 20)).put(new byte[3]);
        file.putShort((short) 13).putShort((short) 1).put((byte) 32).put(new byte[3]);
        file.putShort((short) 14).putShort((short) 8).putLong(1).putInt(0).putInt(52);
        for (int i = 0; i < 3; i++) {
            int length = 44 + 24;
            file.putInt(6).putInt(length).putInt(0).putLong(i).putInt(21 + i).putInt(24).put(new byte[24]);
            file.putShort((short) 2).putShort((short) 4).putInt(i << 5 | 1).putInt(0).putInt(length);
        }
        file.putInt(2).putInt(36).putInt(0).putLong(4).putInt(3).putInt(4).put(new byte[4]).putInt(36);
        file.putInt(3).putInt(56).putInt(44).put(new byte[40]).putInt(56);
        return Arrays.copyOf(file.array(), file.position());
    }
}
