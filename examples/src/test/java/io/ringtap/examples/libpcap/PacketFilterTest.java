/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.libpcap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.virtio.LinkLayer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PacketFilterTest {
    private static byte[] frame(String kind, boolean rawIp) {
        int version = kind.charAt(3) - '0';
        PacketBuilder builder = kind.startsWith("tcp") ? PacketBuilder.tcp(version) : PacketBuilder.udp(version);
        builder.ports(4000, Integer.parseInt(kind.substring(5))).payload(new byte[100]);
        return (rawIp ? builder.rawIp() : builder).build();
    }

    /** The same octets behind a header of 12 octets, in each kind of buffer that a channel hands out. */
    private static List<ByteBuf> buffers(byte[] frame) {
        byte[] behindHeader = new byte[12 + frame.length];
        System.arraycopy(frame, 0, behindHeader, 12, frame.length);
        return List.of(Unpooled.wrappedBuffer(behindHeader), Unpooled.directBuffer().writeBytes(behindHeader),
            Unpooled.compositeBuffer().addComponent(true, Unpooled.copiedBuffer(behindHeader, 0, 40))
                .addComponent(true, Unpooled.copiedBuffer(behindHeader, 40, behindHeader.length - 40)));
    }

    private static void assertMatches(PacketFilter filter, byte[] frame, boolean expected) {
        for (ByteBuf buffer : buffers(frame)) {
            try {
                assertThat(filter.matches(buffer, 12)).as(buffer.toString()).isEqualTo(expected);
            } finally {
                buffer.release();
            }
        }
    }

    @RequiresLibpcap
    @Nested
    class WithLibpcap {
        @ParameterizedTest
        @CsvSource({"tcp4:80, tcp port 80, true", "tcp6:80, tcp port 80, true", "udp4:80, tcp port 80, false",
            "tcp4:81, tcp port 80, false", "udp4:53, ip6, false", "udp6:53, ip6 and udp, true",
            "udp4:53, greater 143, false", "udp4:53, greater 128 and less 142, true", "udp4:53, '', true"})
        void framesMatchAsTheExpressionSays(String kind, String expression, boolean expected) {
            try (PacketFilter filter = PacketFilter.compile(expression, LinkLayer.ETHERNET)) {
                assertMatches(filter, frame(kind, false), expected);
            }
        }

        @ParameterizedTest
        @CsvSource({"tcp4:80, tcp port 80, true", "udp6:80, tcp port 80, false", "udp6:53, ip6, true"})
        void packetsOfATunDeviceHaveNoEthernetHeader(String kind, String expression, boolean expected) {
            try (PacketFilter filter = PacketFilter.compile(expression, LinkLayer.RAW_IP)) {
                assertMatches(filter, frame(kind, true), expected);
            }
        }

        @Test
        void aFrameLongerThanTheProgramLooksAtMatchesByItsLength() {
            byte[] frame = new byte[300_000];
            try (PacketFilter filter = PacketFilter.compile("greater 300000", LinkLayer.ETHERNET)) {
                assertMatches(filter, frame, true);
                assertMatches(filter, new byte[299_999], false);
            }
        }

        @Test
        void anErrorIsToldInLibpcapsWords() {
            assertThatThrownBy(() -> PacketFilter.compile("tpc port 80", LinkLayer.ETHERNET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the filter expression 'tpc port 80' has an error: ")
                .hasMessageContaining("syntax error");
            assertThatThrownBy(() -> PacketFilter.compile("ether host 02:00:00:00:00:01", LinkLayer.RAW_IP))
                .hasMessageContaining("ethernet addresses supported only on ethernet");
        }

        @Test
        void aClosedFilterIsNotUsed() {
            PacketFilter filter = PacketFilter.compile("ip", LinkLayer.ETHERNET);
            filter.close();
            filter.close();
            assertThatThrownBy(() -> filter.matches(Unpooled.EMPTY_BUFFER, 0))
                .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void withoutTheLibraryTheMessageSaysHowToInstallIt() {
        assertThatThrownBy(() -> PacketFilter.compile("ip", LinkLayer.ETHERNET, "no-such-pcap"))
            .isInstanceOf(UnsupportedOperationException.class).hasMessageContaining("needs libpcap")
            .hasMessageContaining("no-such-pcap").hasMessageContaining("apt-get install libpcap0.8");
    }
}
