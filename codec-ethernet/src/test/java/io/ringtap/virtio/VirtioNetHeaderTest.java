/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VirtioNetHeaderTest {
    private static final VirtioNetHeader LITTLE =
        VirtioNetHeader.of(VnetHeaderLength.TUNNEL, ByteOrder.LITTLE_ENDIAN);
    private static final VirtioNetHeader BIG = VirtioNetHeader.of(VnetHeaderLength.TUNNEL, ByteOrder.BIG_ENDIAN);

    private static void fill(VirtioNetHeader header, ByteBuf buf, int index) {
        header.setFlags(buf, index, 0x81);
        header.setGsoType(buf, index, 0x84);
        header.setHdrLen(buf, index, 0x0203);
        header.setGsoSize(buf, index, 0xf405);
        header.setCsumStart(buf, index, 0x0607);
        header.setCsumOffset(buf, index, 0x0809);
        header.setNumBuffers(buf, index, 0x0a0b);
        header.setHashValue(buf, index, 0xfc0d0e0fL);
        header.setHashReport(buf, index, 0x1011);
        header.setOuterThOffset(buf, index, 0x1415);
        header.setInnerNhOffset(buf, index, 0x1617);
    }

    private static void check(VirtioNetHeader header, ByteBuf buf, int index) {
        assertThat(header.flags(buf, index)).isEqualTo(0x81);
        assertThat(header.gsoType(buf, index)).isEqualTo(0x84);
        assertThat(header.hdrLen(buf, index)).isEqualTo(0x0203);
        assertThat(header.gsoSize(buf, index)).isEqualTo(0xf405);
        assertThat(header.csumStart(buf, index)).isEqualTo(0x0607);
        assertThat(header.csumOffset(buf, index)).isEqualTo(0x0809);
        assertThat(header.numBuffers(buf, index)).isEqualTo(0x0a0b);
        assertThat(header.hashValue(buf, index)).isEqualTo(0xfc0d0e0fL);
        assertThat(header.hashReport(buf, index)).isEqualTo(0x1011);
        assertThat(header.outerThOffset(buf, index)).isEqualTo(0x1415);
        assertThat(header.innerNhOffset(buf, index)).isEqualTo(0x1617);
    }

    @Test
    void laysFieldsOutAsTheSpecificationDoes() {
        ByteBuf buf = Unpooled.buffer(30).writeZero(30);
        fill(LITTLE, buf, 3);
        assertThat(ByteBufUtil.hexDump(buf, 3, 24)).isEqualTo("8184" + "0302" + "05f4" + "0706" + "0908" + "0b0a"
            + "0f0e0dfc" + "1110" + "0000" + "1514" + "1716");
        check(LITTLE, buf, 3);
        fill(BIG, buf, 3);
        assertThat(ByteBufUtil.hexDump(buf, 3, 24)).isEqualTo("8184" + "0203" + "f405" + "0607" + "0809" + "0a0b"
            + "fc0d0e0f" + "1011" + "0000" + "1415" + "1617");
        check(BIG, buf, 3);
        assertThat(buf.getByte(2)).isZero();
        assertThat(buf.getByte(27)).isZero();
        buf.release();
    }

    @Test
    void liesAcrossThePartsOfAComposite() {
        for (VirtioNetHeader header : new VirtioNetHeader[] {LITTLE, BIG}) {
            CompositeByteBuf composite = Unpooled.compositeBuffer(32);
            for (int size : new int[] {3, 2, 1, 4, 5, 1, 1, 7, 6}) {
                composite.addComponent(true, Unpooled.directBuffer(size).writeZero(size));
            }
            fill(header, composite, 2);
            check(header, composite, 2);
            composite.release();
        }
    }

    @Test
    void theNativeOrderIsTheMachines() {
        assertThat(VirtioNetHeader.of(VnetHeaderLength.LEGACY).order()).isSameAs(ByteOrder.nativeOrder());
    }

    @ParameterizedTest
    @EnumSource(VnetHeaderLength.class)
    void hasOnlyTheFieldsOfItsLength(VnetHeaderLength length) {
        VirtioNetHeader header = VirtioNetHeader.of(length);
        ByteBuf buf = Unpooled.buffer(64).writeZero(64);
        Runnable[] reads = {() -> header.csumOffset(buf, 0), () -> header.numBuffers(buf, 0),
            () -> header.hashReport(buf, 0), () -> header.innerNhOffset(buf, 0)};
        int[] needs = {10, 12, 20, 24};
        for (int i = 0; i < reads.length; i++) {
            if (length.bytes() >= needs[i]) {
                reads[i].run();
            } else {
                assertThatThrownBy(reads[i]::run).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(length.bytes() + "-byte header");
            }
        }
        buf.release();
    }

    @ParameterizedTest
    @EnumSource(VnetHeaderLength.class)
    void aClearHeaderCountsOneBuffer(VnetHeaderLength length) {
        VirtioNetHeader header = VirtioNetHeader.of(length);
        ByteBuf buf = Unpooled.buffer(64);
        for (int i = 0; i < 64; i++) {
            buf.writeByte(0xff);
        }
        header.clear(buf, 4);
        for (int i = 0; i < length.bytes(); i++) {
            if (i != 10 && i != 11) {
                assertThat(buf.getByte(4 + i)).isZero();
            }
        }
        if (header.hasNumBuffers()) {
            assertThat(header.numBuffers(buf, 4)).isEqualTo(1);
        }
        assertThat(buf.getUnsignedByte(3)).isEqualTo((short) 0xff);
        assertThat(buf.getUnsignedByte(4 + length.bytes())).isEqualTo((short) 0xff);
        buf.release();
    }

    @Test
    void convertsBetweenAnyTwoLayouts() {
        ByteOrder[] orders = {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN};
        ByteBuf source = Unpooled.buffer(24).writeZero(24);
        ByteBuf target = Unpooled.buffer(24).writeZero(24);
        for (ByteOrder fromOrder : orders) {
            for (ByteOrder toOrder : orders) {
                for (VnetHeaderLength from : VnetHeaderLength.values()) {
                    for (VnetHeaderLength to : VnetHeaderLength.values()) {
                        fill(VirtioNetHeader.of(VnetHeaderLength.TUNNEL, fromOrder), source, 0);
                        VirtioNetHeader.of(from, fromOrder)
                            .convert(source, 0, VirtioNetHeader.of(to, toOrder), target, 0);
                        checkConverted(VirtioNetHeader.of(to, toOrder), target, Math.min(from.bytes(), to.bytes()));
                    }
                }
            }
        }
        source.release();
        target.release();
    }

    private static void checkConverted(VirtioNetHeader to, ByteBuf target, int shared) {
        if (to.bytes() == 0) {
            return;
        }
        assertThat(to.gsoType(target, 0)).isEqualTo(shared == 0 ? 0 : 0x84);
        assertThat(to.gsoSize(target, 0)).isEqualTo(shared == 0 ? 0 : 0xf405);
        assertThat(to.csumStart(target, 0)).isEqualTo(shared == 0 ? 0 : 0x0607);
        if (to.bytes() >= 12) {
            assertThat(to.numBuffers(target, 0)).isEqualTo(1);
        }
        if (to.bytes() >= 20) {
            assertThat(to.hashValue(target, 0)).isEqualTo(shared >= 20 ? 0xfc0d0e0fL : 0);
        }
        if (to.bytes() >= 24) {
            assertThat(to.outerThOffset(target, 0)).isEqualTo(shared >= 24 ? 0x1415 : 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, true, true", "2, 0, true, true", "1, 0, false, true", "0, 1, false, true", "1, 0x81, false, true",
        "8, 0, false, false", "1, 0x21, false, false", "1, 0x44, false, false", "0x80, 0, true, true",
    })
    void knowsWhatAShorterHeaderCannotSay(String flags, String gsoType, boolean toNone, boolean toLegacy) {
        ByteBuf buf = Unpooled.buffer(24).writeZero(24);
        LITTLE.setFlags(buf, 0, Integer.decode(flags));
        LITTLE.setGsoType(buf, 0, Integer.decode(gsoType));
        assertThat(LITTLE.isLossless(buf, 0, VnetHeaderLength.NONE)).isEqualTo(toNone);
        assertThat(LITTLE.isLossless(buf, 0, VnetHeaderLength.LEGACY)).isEqualTo(toLegacy);
        assertThat(LITTLE.isLossless(buf, 0, VnetHeaderLength.HASH)).isEqualTo(toLegacy);
        assertThat(LITTLE.isLossless(buf, 0, VnetHeaderLength.TUNNEL)).isTrue();
        buf.release();
    }
}
