/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Makes capture files octet by octet, and reads them. */
abstract class PcapReading {
    static final int SECTION = 0x0a0d0d0a;
    static final int MAGIC = 0x1a2b3c4d;

    @TempDir
    Path dir;

    /** The byte order of a file that a test makes. */
    enum Order {
        LITTLE(ByteOrder.LITTLE_ENDIAN), BIG(ByteOrder.BIG_ENDIAN);

        final ByteOrder order;

        Order(ByteOrder order) {
            this.order = order;
        }

        ByteBuffer buffer() {
            return ByteBuffer.allocate(4096).order(order);
        }
    }

    static PcapReader reader(ByteBuffer file) throws IOException {
        return reader(file.array(), file.position());
    }

    static PcapReader reader(byte[] bytes, int length) throws IOException {
        return new PcapReader(new ByteArrayInputStream(bytes, 0, length), UnpooledByteBufAllocator.DEFAULT);
    }

    static ByteBuf data(int length) {
        ByteBuf data = Unpooled.buffer(length);
        for (int i = 0; i < length; i++) {
            data.writeByte(i);
        }
        return data;
    }

    static void assertPacket(CapturedPacket packet, long nanos, int length, int original) {
        assertThat(packet.timestampNanos()).isEqualTo(nanos);
        assertThat(packet.data()).isEqualTo(data(length));
        assertThat(packet.originalLength()).isEqualTo(original);
        assertThat(packet.isTruncated()).isEqualTo(length < original);
        packet.data().release();
        assertThat(packet.data().refCnt()).isZero();
    }

    static ByteBuffer pcapHeader(Order order, int magic, int linkType) {
        return pcapHeader(order, magic, 2, 4, linkType);
    }

    static ByteBuffer pcapHeader(Order order, int magic, int major, int minor, int linkType) {
        return order.buffer().putInt(magic).putShort((short) major).putShort((short) minor).putInt(0).putInt(0)
            .putInt(65535).putInt(linkType);
    }

    static void pcapPacket(ByteBuffer file, int seconds, int fraction, int captured, int original) {
        file.putInt(seconds).putInt(fraction).putInt(captured).putInt(original).put(data(captured).array());
    }

    /** The header of a packet with these lengths, and then so many bytes. */
    static void pcapPacket(ByteBuffer file, int firstLength, int secondLength, byte[] more, int captured) {
        file.putInt(1).putInt(2).putInt(firstLength).putInt(secondLength).put(more).put(data(captured).array());
    }

    static void assertFrame(CapturedPacket packet, int fcsLength, int frameLength, boolean truncated) {
        assertThat(packet.fcsLength()).isEqualTo(fcsLength);
        assertThat(packet.frameLength()).isEqualTo(frameLength);
        assertThat(packet.isTruncated()).isEqualTo(truncated);
        packet.data().release();
    }

    static void section(ByteBuffer file) {
        file.putInt(SECTION).putInt(28).putInt(MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1).putInt(28);
    }

    static void describe(ByteBuffer file, int linkType, int snapLength, int resolution, long offset) {
        file.putInt(1).putInt(44).putShort((short) linkType).putShort((short) 0).putInt(snapLength);
        file.putShort((short) 9).putShort((short) 1).put((byte) resolution).put(new byte[3]);
        file.putShort((short) 14).putShort((short) 8).putLong(offset);
        file.putInt(0).putInt(44);
    }

    static void enhanced(ByteBuffer file, int id, long ticks, int captured, int original, int flags) {
        int length = 44 + (captured + 3) / 4 * 4;
        file.putInt(6).putInt(length).putInt(id).putInt((int) (ticks >>> 32)).putInt((int) ticks).putInt(captured)
            .putInt(original).put(data(captured).array()).put(new byte[length - 44 - captured]);
        file.putShort((short) 2).putShort((short) 4).putInt(flags).putInt(0).putInt(length);
    }

    static void assertMalformed(ByteBuffer file, String message) {
        assertThatThrownBy(() -> {
            try (PcapReader reader = reader(file)) {
                for (CapturedPacket packet = reader.next(); packet != null; packet = reader.next()) {
                    packet.data().release();
                }
            }
        }).isInstanceOf(PcapFormatException.class).hasMessageContaining(message);
    }
}
