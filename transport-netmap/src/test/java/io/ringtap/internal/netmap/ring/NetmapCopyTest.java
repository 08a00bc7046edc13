/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.ring;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ringtap.internal.netmap.buffer.NetmapBufferPool;
import io.ringtap.internal.netmap.layout.NetmapLayout.Ring;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.Netmap;
import io.ringtap.netmap.NetmapAddress;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Frames of every length. Short frames are copied in another way than long ones. All bytes have to be copied, and no
 * others.
 */
class NetmapCopyTest {
    private static final int LONGEST = 256;
    private static final int[] OFFSETS = {0, 1, 6, 8, 13};
    private static final byte UNTOUCHED = 0x55;

    /** Kinds of buffers. Each has other bytes before and after the frame. */
    enum Kind {
        HEAP {
            @Override
            ByteBuf around(byte[] data) {
                return Unpooled.buffer(data.length).writeBytes(data);
            }
        },
        DIRECT {
            @Override
            ByteBuf around(byte[] data) {
                return Unpooled.directBuffer(data.length).writeBytes(data);
            }
        },
        /** Without leak detection, which the other buffers have in tests. */
        PLAIN {
            @Override
            ByteBuf around(byte[] data) {
                return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(data.length).put(data).flip());
            }
        },
        POOLED {
            @Override
            ByteBuf around(byte[] data) {
                return PooledByteBufAllocator.DEFAULT.directBuffer(data.length).writeBytes(data);
            }
        },
        ADAPTIVE {
            @Override
            ByteBuf around(byte[] data) {
                return new AdaptiveByteBufAllocator().directBuffer(data.length).writeBytes(data);
            }
        },
        READ_ONLY {
            @Override
            ByteBuf around(byte[] data) {
                return DIRECT.around(data).asReadOnly();
            }
        },
        COMPOSITE {
            @Override
            ByteBuf around(byte[] data) {
                int half = data.length / 2;
                return Unpooled.compositeBuffer()
                    .addComponent(true, Unpooled.directBuffer().writeBytes(data, 0, half))
                    .addComponent(true, Unpooled.directBuffer().writeBytes(data, half, data.length - half));
            }
        },
        COMPOSITE_OF_ONE {
            @Override
            ByteBuf around(byte[] data) {
                return Unpooled.compositeBuffer().addComponent(true, DIRECT.around(data));
            }
        };

        abstract ByteBuf around(byte[] data);

        ByteBuf frame(byte[] data, int before) {
            byte[] all = new byte[before + data.length + 9];
            Arrays.fill(all, UNTOUCHED);
            System.arraycopy(data, 0, all, before, data.length);
            return around(all).setIndex(before, before + data.length);
        }

        ByteBuf slice(byte[] data, int before) {
            ByteBuf frame = frame(data, before);
            return frame.slice();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFrameIsWritten(Kind kind) throws NetmapException {
        for (int length = 1; length <= LONGEST; length++) {
            byte[] data = RandomFrames.bytes(length, length);
            for (int offset : OFFSETS) {
                if (length <= LONGEST - offset) {
                    RingFixture fixture = tx(offset);
                    ByteBuf frame = kind.frame(data, offset);

                    assertThat(fixture.openTx().write(frame)).isTrue();

                    assertThat(frame.readableBytes()).isEqualTo(length);
                    holds(fixture, 0, offset, data);
                    frame.release();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void framesAreWritten(Kind kind) throws NetmapException {
        RingFixture fixture = tx(0, LONGEST + 1);
        ByteBuf[] frames = new ByteBuf[LONGEST];
        for (int i = 0; i < LONGEST; i++) {
            byte[] data = RandomFrames.bytes(i, i + 1);
            frames[i] = i % 3 == 0 ? kind.slice(data, i % 11) : kind.frame(data, i % 11);
        }

        assertThat(fixture.openTx().write(frames, 0, LONGEST)).isEqualTo(LONGEST);

        for (int i = 0; i < LONGEST; i++) {
            holds(fixture, i, 0, RandomFrames.bytes(i, i + 1));
            frames[i].release();
        }
    }

    @Test
    void aFrameBehindTheEndOfItsBufferIsRefused() throws NetmapException {
        RingFixture fixture = tx(0);
        NetmapTxRing ring = fixture.openTx();
        ByteBuf whole = Kind.PLAIN.around(new byte[100]);
        ByteBuf composite = Unpooled.compositeBuffer().addComponent(true, whole.retainedDuplicate().asReadOnly());
        for (ByteBuf frame : new ByteBuf[] {whole.slice(), whole.duplicate(), composite}) {
            whole.capacity(50);

            assertThatThrownBy(() -> ring.write(frame)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> ring.write(new ByteBuf[] {frame}, 0, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);

            assertThat(ring.head()).isZero();
            whole.capacity(100).setIndex(0, 100);
        }
        composite.release();
        whole.release();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "READ_ONLY")
    void aFrameIsRead(Kind kind) throws NetmapException {
        for (int length = 1; length <= LONGEST; length++) {
            byte[] data = RandomFrames.bytes(length, length);
            for (int offset : OFFSETS) {
                if (length <= LONGEST - offset) {
                    NetmapRxRing ring = rx(offset, data).openRx();
                    ByteBuf frame = kind.frame(new byte[length], offset);
                    frame.writerIndex(offset);

                    assertThat(ring.next()).isEqualTo(length);
                    ring.read(frame);

                    assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(data));
                    frame.setIndex(0, frame.capacity());
                    for (int i = 0; i < offset; i++) {
                        assertThat(frame.getByte(i)).isEqualTo(UNTOUCHED);
                    }
                    for (int i = offset + length; i < offset + length + 9; i++) {
                        assertThat(frame.getByte(i)).isEqualTo(UNTOUCHED);
                    }
                    frame.release();
                }
            }
        }
    }

    @Test
    void nothingIsReadIntoABufferThatCannotBeWritten() throws NetmapException {
        for (int length : new int[] {7, 60, 200}) {
            NetmapRxRing ring = rx(0, RandomFrames.bytes(1, length)).openRx();
            ByteBuffer memory = ByteBuffer.allocateDirect(LONGEST);
            ByteBuf one = Unpooled.wrappedBuffer(memory).clear().asReadOnly();
            ByteBuf other = Unpooled.wrappedBuffer(memory.asReadOnlyBuffer()).clear();

            assertThat(ring.next()).isEqualTo(length);
            assertThatThrownBy(() -> ring.read(one)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> ring.read(other)).isInstanceOf(ReadOnlyBufferException.class);

            assertThat(memory).isEqualTo(ByteBuffer.allocate(LONGEST));
            one.release();
            other.release();
        }
    }

    @Test
    void framesAreForwarded() throws NetmapException {
        for (int length = 1; length <= LONGEST; length++) {
            byte[] data = RandomFrames.bytes(length, length);
            for (int in : OFFSETS) {
                for (int out : OFFSETS) {
                    if (length <= LONGEST - Math.max(in, out)) {
                        RingFixture from = rx(in, data);
                        RingFixture to = tx(out);

                        assertThat(to.openTx().forward(from.openRx(), false, 3)).isEqualTo(1);

                        holds(to, 0, out, data);
                    }
                }
            }
        }
    }

    @Test
    void shortAndLongFramesAreForwardedInTurn() throws NetmapException {
        RingFixture from = new RingFixture(Ring.RECEIVE, LONGEST + 1, LONGEST);
        RingFixture to = tx(0, LONGEST + 1);
        for (int slot = 0; slot < LONGEST; slot++) {
            int length = 1 + slot * 97 % LONGEST;
            from.fill(slot, RandomFrames.bytes(slot, length), 0, length, false);
        }
        from.indices(0, 0, LONGEST);

        assertThat(to.openTx().forward(from.openRx(), false, LONGEST)).isEqualTo(LONGEST);

        for (int slot = 0; slot < LONGEST; slot++) {
            holds(to, slot, 0, RandomFrames.bytes(slot, 1 + slot * 97 % LONGEST));
        }
    }

    /** If a short frame does not fit a slot, nothing is written beyond the buffer of the slot. */
    @Test
    void aShortFrameIsCutWhereBuffersAreShorter() throws NetmapException {
        RingFixture from = rx(0, RandomFrames.bytes(5, 100));
        RingFixture to = RingFixture.tx(4);

        assertThat(to.openTx().forward(from.openRx(), false, 1)).isEqualTo(1);
        assertThat(Unpooled.wrappedBuffer(to.data(0), to.data(1)))
            .isEqualTo(Unpooled.wrappedBuffer(RandomFrames.bytes(5, 100)));

        RingFixture written = RingFixture.tx(4);
        ByteBuf frame = Unpooled.directBuffer().writeBytes(RandomFrames.bytes(5, 100));
        assertThat(written.openTx().write(new ByteBuf[] {frame}, 0, 1)).isEqualTo(1);
        assertThat(Unpooled.wrappedBuffer(written.data(0), written.data(1))).isEqualTo(frame);
        frame.release();
    }

    /** A lent frame that a handler has partly read: the rest begins at any byte, and may be shorter than a word. */
    @Test
    void lentFramesAreWritten() throws NetmapException {
        EmbeddedNetmap netmap = Netmap.newEmbedded();
        try (NetmapPort source = NetmapPort.open(netmap, NetmapAddress.parse("vale0:1"), 0, 0)) {
            NetmapPort port = NetmapPort.open(netmap, NetmapAddress.parse("vale0:2"), 0, 4);
            NetmapBufferPool pool = new NetmapBufferPool(port);
            NetmapRxRing rx = port.rxRings().get(0);
            byte[] data = RandomFrames.bytes(8, 200);
            Arrays.fill(data, 0, 6, (byte) 0xff);
            data[6] = 2;
            for (int read = 0; read < data.length; read++) {
                assertThat(source.txRings().get(0).write(Unpooled.wrappedBuffer(data))).isTrue();
                source.txSync();
                port.rxSync();
                assertThat(rx.next()).isEqualTo(data.length);
                ByteBuf lent = pool.lend(rx);
                assertThat(lent).isNotNull();
                rx.release();
                lent.skipBytes(read);
                byte[] rest = Arrays.copyOfRange(data, read, data.length);
                for (int offset : OFFSETS) {
                    RingFixture one = tx(offset);
                    RingFixture many = tx(offset);

                    assertThat(one.openTx().write(lent)).isTrue();
                    assertThat(many.openTx().write(new ByteBuf[] {lent, lent.slice()}, 0, 2)).isEqualTo(2);

                    holds(one, 0, offset, rest);
                    holds(many, 0, offset, rest);
                    holds(many, 1, offset, rest);
                }
                lent.release();
            }
            pool.close();
        }
    }

    private static RingFixture tx(int offset) {
        return tx(offset, 4);
    }

    private static RingFixture tx(int offset, int slots) {
        RingFixture fixture = new RingFixture(Ring.TRANSMIT, slots, LONGEST);
        byte[] untouched = new byte[LONGEST];
        Arrays.fill(untouched, UNTOUCHED);
        for (int slot = 0; slot < slots; slot++) {
            fixture.fill(slot, untouched, 0, LONGEST, false);
        }
        offsets(fixture, offset);
        return fixture;
    }

    private static RingFixture rx(int offset, byte[] data) {
        RingFixture fixture = new RingFixture(Ring.RECEIVE, 4, LONGEST);
        offsets(fixture, offset);
        fixture.fill(0, data, 0, data.length, false);
        fixture.indices(0, 0, 1);
        return fixture;
    }

    private static void offsets(RingFixture fixture, int offset) {
        if (offset != 0) {
            fixture.header64(Ring.OFFSET_MASK, 0xff);
            for (int slot = 0; slot < fixture.slots; slot++) {
                fixture.ptr(slot, offset);
            }
        }
    }

    /** Checks that the buffer of the slot has the frame, and that the bytes around it have not changed. */
    private static void holds(RingFixture fixture, int slot, int offset, byte[] data) throws NetmapException {
        assertThat(fixture.length(slot)).isEqualTo(data.length);
        byte[] expected = new byte[LONGEST];
        Arrays.fill(expected, UNTOUCHED);
        System.arraycopy(data, 0, expected, offset, data.length);
        byte[] buffer = new byte[LONGEST];
        fixture.openTx().buffer(fixture.bufferIndex(slot)).get(0, buffer);
        assertThat(buffer).isEqualTo(expected);
    }
}
