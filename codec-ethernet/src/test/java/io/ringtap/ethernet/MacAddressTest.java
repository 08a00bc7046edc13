/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MacAddressTest {
    @Test
    void parsesAndPrints() {
        MacAddress address = MacAddress.parse("02:00:5e:10:00:Fe");
        assertThat(address.bits()).isEqualTo(0x0200_5e10_00feL);
        assertThat(address).hasToString("02:00:5e:10:00:fe")
            .isEqualTo(MacAddress.parse("02-00-5E-10-00-FE"))
            .hasSameHashCodeAs(MacAddress.of(0x0200_5e10_00feL))
            .isNotEqualTo(MacAddress.of(0x0200_5e10_00ffL));
        assertThat(MacAddress.toString(0)).isEqualTo("00:00:00:00:00:00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:00:5e:10:00", "02:00:5e:10:00:1", "02:00:5e:10:00:001", "02:00:5e:10:00-01",
        "02.00.5e.10.00.01", "0g:00:5e:10:00:01", "02:00:5e:10:00:01:", " 2:00:5e:10:00:01",
        "\u0660\u0662:00:5e:10:00:01", "\uff10\uff12:00:5e:10:00:01", "-2:00:5e:10:00:01"})
    void refusesWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("'" + text + "'").hasMessageContaining("02:00:5e:10:00:01");
    }

    @Test
    void refusesMoreThan48Bits() {
        assertThatThrownBy(() -> MacAddress.of(1L << 48)).hasMessageContaining("0x1000000000000");
        assertThatThrownBy(() -> MacAddress.of(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsAndWritesBuffersInWireOrder() {
        MacAddress address = MacAddress.parse("fe:dc:ba:98:76:54");
        ByteBuf buf = Unpooled.buffer(8, 8);
        buf.writeByte(0x11);
        address.write(buf);
        assertThat(buf.writerIndex()).isEqualTo(7);
        assertThat(MacAddress.get(buf, 1)).isEqualTo(address);
        assertThat(MacAddress.bits(buf, 1)).isEqualTo(0xfedc_ba98_7654L);
        byte[] octets = new byte[6];
        buf.getBytes(1, octets);
        assertThat(octets).isEqualTo(address.toBytes())
            .containsExactly(0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54);
        MacAddress.BROADCAST.set(buf, 2);
        assertThat(MacAddress.get(buf, 2)).isEqualTo(MacAddress.BROADCAST);
        assertThat(buf.getUnsignedByte(1)).isEqualTo((short) 0xfe);
        assertThat(buf.readerIndex()).isZero();
        assertThatThrownBy(() -> MacAddress.bits(buf, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void tellsTheKindsApart() {
        assertThat(MacAddress.BROADCAST.isMulticast()).isTrue();
        assertThat(MacAddress.BROADCAST.isBroadcast()).isTrue();
        assertThat(MacAddress.parse("01:00:5e:00:00:01").isMulticast()).isTrue();
        assertThat(MacAddress.parse("01:00:5e:00:00:01").isBroadcast()).isFalse();
        assertThat(MacAddress.parse("00:1b:21:00:00:01").isMulticast()).isFalse();
        assertThat(MacAddress.parse("00:1b:21:00:00:01").isLocallyAdministered()).isFalse();
        assertThat(MacAddress.parse("02:1b:21:00:00:01").isLocallyAdministered()).isTrue();
    }

    @Test
    void knowsWhatABridgeKeepsToItself() {
        assertThat(MacAddress.isBridgeReserved(0x0180_c200_0000L)).isTrue();
        assertThat(MacAddress.isBridgeReserved(0x0180_c200_000fL)).isTrue();
        assertThat(MacAddress.isBridgeReserved(0x0180_c200_0010L)).isFalse();
        assertThat(MacAddress.isBridgeReserved(0x0180_c1ff_ffffL)).isFalse();
        assertThat(MacAddress.isBridgeReserved(MacAddress.BROADCAST.bits())).isFalse();
    }

    @Test
    void randomOnesAreLocalAndUnicast() {
        for (int i = 0; i < 1000; i++) {
            MacAddress address = MacAddress.random();
            assertThat(address.isMulticast()).isFalse();
            assertThat(address.isLocallyAdministered()).isTrue();
        }
        assertThat(MacAddress.random()).isNotEqualTo(MacAddress.random());
    }

    @Test
    void ordersByTheOctets() {
        assertThat(MacAddress.BROADCAST).isGreaterThan(MacAddress.of(0x7fff_ffff_ffffL));
        assertThat(MacAddress.of(1)).isLessThan(MacAddress.of(2)).isEqualByComparingTo(MacAddress.of(1));
    }
}
