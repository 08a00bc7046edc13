/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.layout.NetmapLayout.Slot;
import io.ringtap.netmap.NetmapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class NetmapTxRingTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        // head | tail | frame | slots written | head afterwards
        "0      | 7    | 60    | 60        | 1",
        "0      | 7    | 64    | 64        | 1",
        "0      | 7    | 65    | 64+ 1     | 2",
        "0      | 7    | 448   | 64+ 64+ 64+ 64+ 64+ 64+ 64 | 7",
        "7      | 2    | 150   | 64+ 64+ 22 | 2",
        "7      | 1    | 150   | -         | 7",
        "6      | 7    | 64    | 64        | 7",
        "6      | 7    | 65    | -         | 6",
        "3      | 3    | 1     | -         | 3",
    })
    void aFrameIsThereWholeOrNotAtAll(int head, int tail, int length, String written, int newHead)
        throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        fixture.indices(head, head, tail);
        NetmapTxRing ring = fixture.openTx();
        ByteBuf frame = Unpooled.wrappedBuffer(RandomFrames.bytes(length, length + 8)).slice(3, length);

        assertThat(ring.write(frame)).isEqualTo(written != null);

        assertThat(frame.readableBytes()).isEqualTo(length);
        assertThat(fixture.header(Ring.HEAD)).isEqualTo(newHead).isEqualTo(ring.head());
        assertThat(fixture.header(Ring.CUR)).isEqualTo(newHead);
        assertThat(fixture.header(Ring.TAIL)).isEqualTo(tail);
        if (written != null) {
            ByteBuf sent = Unpooled.buffer();
            int slot = head;
            for (String text : written.split(" ")) {
                assertThat(fixture.length(slot)).isEqualTo(Integer.parseInt(text.replace("+", "")));
                assertThat(fixture.flags(slot)).isEqualTo(text.endsWith("+") ? Slot.MOREFRAG : 0);
                sent.writeBytes(fixture.data(slot));
                slot = (slot + 1) % 8;
            }
            assertThat(sent).isEqualTo(frame);
        }
    }

    @Test
    void takesAnyKindOfBuffer() throws NetmapException {
        byte[] data = RandomFrames.bytes(3, 100);
        ByteBuf direct = Unpooled.directBuffer().writeBytes(data, 0, 40);
        CompositeByteBuf frame = Unpooled.compositeBuffer()
            .addComponent(true, direct)
            .addComponent(true, Unpooled.wrappedBuffer(data, 40, 1))
            .addComponent(true, Unpooled.wrappedBuffer(data, 41, 59));
        RingFixture fixture = RingFixture.tx(8);
        NetmapTxRing ring = fixture.openTx();

        assertThat(ring.write(frame)).isTrue();

        assertThat(Unpooled.wrappedBuffer(fixture.data(0), fixture.data(1))).isEqualTo(Unpooled.wrappedBuffer(data));
        assertThat(frame.refCnt()).isEqualTo(1);
        frame.release();
    }

    /** Many frames at a time have the same result as one by one, whatever their lengths, their kinds, and the room. */
    @ParameterizedTest
    @ValueSource(longs = {0, 0x3f})
    void manyFramesAreWrittenAsOneByOne(long offsetMask) throws NetmapException {
        for (int seed = 0; seed < 1000; seed++) {
            Random random = new Random(seed);
            int head = random.nextInt(200);
            int tail = random.nextInt(200);
            RingFixture one = fixture(offsetMask, head, tail);
            RingFixture many = fixture(offsetMask, head, tail);
            ByteBuf[] frames = new ByteBuf[150];
            for (int i = 0; i < frames.length; i++) {
                byte[] data = RandomFrames.bytes(random.nextLong(), 1 + random.nextInt(i % 9 == 0 ? 300 : 64));
                frames[i] = switch (random.nextInt(3)) {
                    case 0 -> Unpooled.wrappedBuffer(data);
                    case 1 -> Unpooled.directBuffer().writeBytes(data);
                    default -> Unpooled.wrappedBuffer(Unpooled.copiedBuffer(data),
                        Unpooled.directBuffer().writeByte(1));
                };
            }
            NetmapTxRing tx = one.openTx();
            int expected = 0;
            while (expected < 100 && tx.write(frames[20 + expected])) {
                expected++;
            }

            assertThat(many.openTx().write(frames, 20, 100)).isEqualTo(expected);

            assertThat(many.header(Ring.HEAD)).isEqualTo(one.header(Ring.HEAD));
            for (int slot = head; slot != one.header(Ring.HEAD); slot = (slot + 1) % 200) {
                assertThat(many.flags(slot)).isEqualTo(one.flags(slot));
                assertThat(many.data(slot)).isEqualTo(one.data(slot));
            }
            for (ByteBuf frame : frames) {
                frame.release();
            }
        }
    }

    private static RingFixture fixture(long offsetMask, int head, int tail) {
        RingFixture fixture = RingFixture.tx(200);
        fixture.header64(Ring.OFFSET_MASK, offsetMask);
        fixture.indices(head, head, tail);
        for (int slot = 0; slot < 200 && offsetMask != 0; slot++) {
            fixture.ptr(slot, slot % 7);
        }
        return fixture;
    }

    @Test
    void oneOfManyThatCannotBeReadLeavesThoseBeforeIt() throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        NetmapTxRing ring = fixture.openTx();
        ByteBuf good = Unpooled.wrappedBuffer(new byte[20]);
        ByteBuf released = Unpooled.directBuffer().writeZero(20);
        released.release();

        assertThatThrownBy(() -> ring.write(new ByteBuf[] {good, good, released, good}, 0, 4))
            .isInstanceOf(IllegalReferenceCountException.class);

        assertThat(fixture.header(Ring.HEAD)).isEqualTo(2);
        assertThat(fixture.length(1)).isEqualTo(20);
        assertThat(fixture.length(2)).isZero();
    }

    @Test
    void oneSlotAlwaysStaysEmpty() throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        NetmapTxRing ring = fixture.openTx();
        ByteBuf frame = Unpooled.wrappedBuffer(new byte[60]);

        assertThat(ring.available()).isEqualTo(7);
        for (int i = 0; i < 7; i++) {
            assertThat(ring.write(frame)).isTrue();
        }
        assertThat(ring.write(frame)).isFalse();
        assertThat(ring.available()).isZero();
    }

    @Test
    void theLongestFrameIs64SlotsOrTheRing() throws NetmapException {
        assertThat(RingFixture.tx(8).openTx().maxFrameLength()).isEqualTo(7 * 64);
        assertThat(RingFixture.tx(65).openTx().maxFrameLength()).isEqualTo(64 * 64);
        assertThat(RingFixture.tx(1024).openTx().maxFrameLength()).isEqualTo(64 * 64);

        RingFixture fixture = RingFixture.tx(128);
        NetmapTxRing ring = fixture.openTx();
        assertThat(ring.write(Unpooled.wrappedBuffer(new byte[64 * 64]))).isTrue();
        assertThat(fixture.flags(63)).isZero();
        assertThat(ring.head()).isEqualTo(64);
    }

    @Test
    void aSlotsOffsetIsKeptFree() throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        fixture.header64(Ring.OFFSET_MASK, 0xffff);
        fixture.ptr(0, 0x10000 + 14);
        fixture.ptr(1, 2);
        byte[] data = RandomFrames.bytes(4, 80);
        NetmapTxRing ring = fixture.openTx();

        assertThat(ring.write(Unpooled.wrappedBuffer(data))).isTrue();

        assertThat(fixture.length(0)).isEqualTo(50);
        assertThat(fixture.length(1)).isEqualTo(30);
        assertThat(Unpooled.wrappedBuffer(fixture.data(0), fixture.data(1))).isEqualTo(Unpooled.wrappedBuffer(data));
    }

    @Test
    void aBufferPutInElsewhereStaysMarked() throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        fixture.bufferIndex(0, 9);
        fixture.slot(0, 0, Slot.BUF_CHANGED);
        NetmapTxRing ring = fixture.openTx();

        assertThat(ring.write(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}))).isTrue();

        assertThat(fixture.bufferIndex(0)).isEqualTo(9);
        assertThat(fixture.flags(0)).isEqualTo(Slot.BUF_CHANGED);
        assertThat(fixture.data(0)).containsExactly(1, 2, 3);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "10, 0", "-1, 0", "2, 64", "2, 65535"})
    void refusesToWriteOutsideTheBuffers(int index, int offset) throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        fixture.header64(Ring.OFFSET_MASK, 0xffff);
        fixture.bufferIndex(0, index);
        fixture.ptr(0, offset);
        NetmapTxRing ring = fixture.openTx();

        assertThatThrownBy(() -> ring.write(Unpooled.wrappedBuffer(new byte[1])))
            .isInstanceOf(NetmapException.class).hasMessageContaining("slot 0 holds buffer");
        assertThat(fixture.header(Ring.HEAD)).isZero();
    }

    @Test
    void waitsForSpaceWithCurAtTail() throws NetmapException {
        RingFixture fixture = RingFixture.tx(8);
        fixture.indices(2, 2, 4);
        NetmapTxRing ring = fixture.openTx();
        assertThat(ring.write(Unpooled.wrappedBuffer(new byte[200]))).isFalse();

        ring.awaitSpace();

        assertThat(fixture.header(Ring.HEAD)).isEqualTo(2);
        assertThat(fixture.header(Ring.CUR)).isEqualTo(4);
        assertThat(ring.write(Unpooled.wrappedBuffer(new byte[128]))).isTrue();
    }
}
