/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.unix;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** The content of the entries. The channel suite shows that the kernel reads the right bytes with them. */
class IovecArrayTest {
    private final IovecArray array = new IovecArray();
    private final List<ByteBuf> owned = new ArrayList<>();

    @AfterEach
    void release() {
        owned.forEach(ByteBuf::release);
    }

    private ByteBuf own(ByteBuf buf) {
        owned.add(buf);
        return buf;
    }

    private static ByteBuf direct(int length) {
        return Unpooled.directBuffer(Math.max(1, length)).writeZero(length);
    }

    @Test
    void aDirectBufferIsNamedWhereItLies() {
        ByteBuf buf = own(direct(100)).skipBytes(7);
        array.fill(buf);
        assertThat(array.count()).isEqualTo(1);
        assertThat(array.base(0)).isEqualTo(NativeMemory.addressOf(buf, 7, 93));
        assertThat(array.length(0)).isEqualTo(93);
        assertThat(buf.readerIndex()).isEqualTo(7);
    }

    @Test
    void aHeapBufferIsCopied() {
        array.fill(own(Unpooled.buffer().writeZero(10_000)));
        assertThat(array.count()).isEqualTo(1);
        assertThat(array.length(0)).isEqualTo(10_000);
        assertThat(array.base(0)).isNotZero();
    }

    @Test
    void partsKeepTheirOrderAndEmptyOnesAreLeftOut() {
        ByteBuf first = direct(14);
        ByteBuf last = direct(50);
        CompositeByteBuf frame = Unpooled.compositeBuffer().addComponents(true, first, Unpooled.EMPTY_BUFFER,
            Unpooled.buffer().writeZero(6), direct(0), last);
        own(frame);
        array.fill(frame);
        assertThat(array.count()).isEqualTo(3);
        assertThat(List.of(array.length(0), array.length(1), array.length(2))).containsExactly(14L, 6L, 50L);
        assertThat(array.base(0)).isEqualTo(NativeMemory.addressOf(first, 0, 14));
        assertThat(array.base(2)).isEqualTo(NativeMemory.addressOf(last, 0, 50));
    }

    @Test
    void heapPartsDoNotOverlapInTheScratch() {
        CompositeByteBuf frame = Unpooled.compositeBuffer();
        for (int i = 0; i < 10; i++) {
            frame.addComponent(true, Unpooled.buffer().writeZero(2000));
        }
        own(frame);
        array.fill(frame);
        assertThat(array.count()).isEqualTo(10);
        for (int i = 1; i < 10; i++) {
            assertThat(array.base(i)).isEqualTo(array.base(i - 1) + 2000);
        }
    }

    @Test
    void asManyPartsAsTheKernelTakesAndNotOneMore() {
        for (int parts : new int[] {IovecArray.IOV_MAX, IovecArray.IOV_MAX + 1}) {
            CompositeByteBuf frame = Unpooled.compositeBuffer(2 * IovecArray.IOV_MAX);
            for (int i = 0; i < parts; i++) {
                frame.addComponent(true, direct(1));
            }
            own(frame);
            array.fill(frame);
            long sum = 0;
            for (int i = 0; i < array.count(); i++) {
                sum += array.length(i);
            }
            assertThat(array.count()).isEqualTo(parts > IovecArray.IOV_MAX ? 1 : parts);
            assertThat(sum).isEqualTo(parts);
        }
    }

    @Test
    void whatOneFrameLeftIsGoneForTheNext() {
        array.fill(own(Unpooled.compositeBuffer().addComponents(true, direct(1), direct(2), direct(3))));
        array.fill(own(direct(60)));
        assertThat(array.count()).isEqualTo(1);
        array.fill(own(direct(0)));
        assertThat(array.count()).isZero();
    }

    @Test
    void framesStandBehindEachOtherWithTheSameBytesInFront() {
        NativeMemory header = NativeMemory.allocate(10);
        IovecArray several = new IovecArray(header);
        ByteBuf first = own(direct(60));
        several.clear();
        assertThat(several.append(first)).isTrue();
        assertThat(several.append(own(Unpooled.buffer().writeBytes(new byte[] {7, 8, 9})))).isTrue();
        assertThat(several.count()).isEqualTo(4);
        assertThat(several.base(0)).isEqualTo(header.address()).isEqualTo(several.base(2));
        assertThat(several.length(0)).isEqualTo(10).isEqualTo(several.length(2));
        assertThat(several.base(1)).isEqualTo(NativeMemory.addressOf(first, 0, 60));
        assertThat(several.length(3)).isEqualTo(3);
    }

    /** What is copied for a further frame must not move what was copied for the frames before it. */
    @Test
    void aFrameForWhichThereIsNoRoomChangesNothing() {
        array.clear();
        assertThat(array.append(own(Unpooled.buffer().writeZero(3000)))).isTrue();
        long base = array.base(0);
        assertThat(array.append(own(Unpooled.buffer().writeZero(60_000)))).isFalse();
        assertThat(array.count()).isEqualTo(1);
        assertThat(array.base(0)).isEqualTo(base);
        while (array.append(owned.get(0)) && array.count() < IovecArray.IOV_MAX) {
            continue;
        }
        array.clear();
        ByteBuf direct = own(direct(60));
        int frames = 0;
        while (array.append(direct)) {
            frames++;
        }
        assertThat(frames).isEqualTo(IovecArray.IOV_MAX);
    }
}
