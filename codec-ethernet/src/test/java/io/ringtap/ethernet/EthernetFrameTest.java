/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static io.ringtap.ethernet.SampleFrames.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EthernetFrameTest {
    private final EthernetFrame frame = new EthernetFrame();

    @Test
    void readsAnUntaggedFrame() {
        frame.wrap(hex(SampleFrames.ECHO_REQUEST));
        assertThat(frame.isValid()).isTrue();
        assertThat(frame.destination()).isEqualTo(SampleFrames.B);
        assertThat(frame.destinationBits()).isEqualTo(SampleFrames.B.bits());
        assertThat(frame.source()).isEqualTo(SampleFrames.A);
        assertThat(frame.sourceBits()).isEqualTo(SampleFrames.A.bits());
        assertThat(frame.etherType()).isEqualTo(EtherType.IPV4);
        assertThat(frame.vlanCount()).isZero();
        assertThat(frame.payloadOffset()).isEqualTo(14);
        assertThat(frame.length()).isEqualTo(50);
    }

    @Test
    void readsBehindTags() {
        frame.wrap(hex(SampleFrames.UDP6));
        assertThat(frame.isValid()).isTrue();
        assertThat(frame.etherType()).isEqualTo(EtherType.IPV6);
        assertThat(frame.payloadOffset()).isEqualTo(22);
        assertThat(frame.vlanCount()).isEqualTo(2);
        assertThat(frame.vlanProtocol(0)).isEqualTo(EtherType.SERVICE_VLAN);
        assertThat(frame.vlanId(0)).isEqualTo(2);
        assertThat(frame.isVlanDropEligible(0)).isFalse();
        assertThat(frame.vlanProtocol(1)).isEqualTo(EtherType.VLAN);
        assertThat(frame.vlanId(1)).isEqualTo(3);
        assertThat(frame.isVlanDropEligible(1)).isTrue();
        assertThat(frame.vlanPriority(1)).isZero();
        assertThatThrownBy(() -> frame.vlanTci(2)).isInstanceOf(IndexOutOfBoundsException.class)
            .hasMessageContaining("no VLAN tag 2").hasMessageContaining("svlan 2");
        assertThatThrownBy(() -> frame.vlanTci(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void readsBehindAVnetHeaderAndAnyReaderIndex() {
        ByteBuf buf = Unpooled.buffer().writeZero(12).writeBytes(hex(SampleFrames.TCP_DATA));
        assertThat(frame.wrap(buf, 12).vlanId(0)).isEqualTo(100);
        assertThat(frame.payloadOffset()).isEqualTo(12 + 18);
        assertThat(frame.wrap(buf.skipBytes(12)).vlanPriority(0)).isEqualTo(3);
        assertThat(EthernetFrame.etherType(buf, 12)).isEqualTo(EtherType.IPV4);
        assertThat(EthernetFrame.sourceBits(buf, 12)).isEqualTo(SampleFrames.A.bits());
        assertThat(EthernetFrame.destinationBits(buf, 12)).isEqualTo(SampleFrames.B.bits());
        assertThat(EthernetFrame.payloadOffset(buf, 12)).isEqualTo(30);
    }

    @Test
    void writesWhatItReads() {
        ByteBuf buf = hex(SampleFrames.UDP6);
        frame.wrap(buf).destination(MacAddress.BROADCAST).source(SampleFrames.B).etherType(EtherType.ARP)
            .vlanTci(1, EthernetFrame.tci(5, true, 4094));
        assertThat(frame.destination()).isEqualTo(MacAddress.BROADCAST);
        assertThat(frame.source()).isEqualTo(SampleFrames.B);
        assertThat(frame.etherType()).isEqualTo(EtherType.ARP);
        assertThat(frame.vlanId(0)).isEqualTo(2);
        assertThat(frame.vlanId(1)).isEqualTo(4094);
        assertThat(frame.vlanPriority(1)).isEqualTo(5);
        assertThat(frame.isVlanDropEligible(1)).isTrue();
        assertThat(buf).isEqualTo(hex("ffffffffffff02000000000b" + "88a80002" + "8100bffe" + "0806"
            + SampleFrames.UDP6.substring(44)));
        assertThatThrownBy(() -> EthernetFrame.tci(8, false, 1)).hasMessageContaining("priority 8");
        assertThatThrownBy(() -> EthernetFrame.tci(0, false, 4096)).hasMessageContaining("4096");
    }

    @Test
    void aFrameCutAnywhereInTheHeaderIsNotValid() {
        ByteBuf whole = hex(SampleFrames.UDP6);
        for (int length = 0; length < 22; length++) {
            frame.wrap(whole.slice(0, length));
            assertThat(frame.isValid()).as("%d bytes", length).isFalse();
            assertThat(frame.etherType()).isEqualTo(-1);
            assertThat(frame.payloadOffset()).isEqualTo(-1);
            assertThat(frame.vlanCount()).isEqualTo(-1);
            assertThat(frame.toString()).contains(length < 14 ? "[|ether]" : "[|vlan]");
            assertThatThrownBy(() -> frame.etherType(EtherType.ARP)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> frame.vlanTci(0)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(frame.wrap(whole.slice(0, 22)).isValid()).isTrue();
        assertThat(frame.wrap(whole, -1).isValid()).isFalse();
        assertThat(frame.wrap(whole, Integer.MAX_VALUE).isValid()).isFalse();
    }

    @Test
    void tagsWithoutEndAreNotFollowed() {
        ByteBuf deepest = hex(SampleFrames.A_TO_B + "81000001".repeat(8) + "0800");
        assertThat(frame.wrap(deepest).vlanCount()).isEqualTo(8);
        ByteBuf tooDeep = hex(SampleFrames.A_TO_B + "81000001".repeat(9) + "0800");
        assertThat(frame.wrap(tooDeep).isValid()).isFalse();
        assertThat(frame.toString()).contains("[|vlan]");
    }

    @Test
    void noBytesMakeTheChecksThrow() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            for (int at = 12; at + 1 < bytes.length && random.nextInt(3) != 0; at += 4) {
                bytes[at] = (byte) 0x81;
                bytes[at + 1] = 0;
            }
            frame.wrap(Unpooled.wrappedBuffer(bytes), random.nextInt(24));
            assertThat(frame.toString()).isNotEmpty();
            assertThat(frame.isValid()).isEqualTo(frame.etherType() >= 0).isEqualTo(frame.payloadOffset() >= 0)
                .isEqualTo(frame.vlanCount() >= 0);
        }
    }

    @Test
    void printsItselfAsTcpdumpDoes() {
        assertThat(new EthernetFrame()).hasToString("no frame");
        assertThat(frame.wrap(hex(SampleFrames.ECHO_REQUEST)))
            .hasToString("02:00:00:00:00:0a > 02:00:00:00:00:0b, ethertype IPv4 (0x0800), length 50");
        assertThat(frame.wrap(hex(SampleFrames.UDP6))).hasToString(
            "02:00:00:00:00:0a > 02:00:00:00:00:0b, svlan 2, p 0, "
            + "vlan 3, p 0, DEI, ethertype IPv6 (0x86dd), length 74");
        assertThat(frame.wrap(hex(SampleFrames.A_TO_B + "0026"))).hasToString(
            "02:00:00:00:00:0a > 02:00:00:00:00:0b, 802.3, length 14");
    }
}
