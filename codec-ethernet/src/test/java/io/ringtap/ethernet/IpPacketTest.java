/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.PacketBuilder;
import org.junit.jupiter.api.Test;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;

import static io.ringtap.ethernet.SampleFrames.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class IpPacketTest {
    private static final String HEADER_6 = "fd000000000000000000000000000001" + "fd000000000000000000000000000063";

    private final IpPacket packet = new IpPacket();

    private static ByteBuf of(PacketBuilder builder) {
        return Unpooled.wrappedBuffer(builder.rawIp().build());
    }

    @Test
    void readsIpv4() throws UnknownHostException {
        packet.wrap(of(PacketBuilder.tcp(4).payload(new byte[10]).ttl(17)));
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.version()).isEqualTo(4);
        assertThat(packet.source()).isEqualTo(InetAddress.getByName("10.0.0.1"));
        assertThat(packet.destination()).isEqualTo(InetAddress.getByName("10.0.0.99"));
        assertThat(packet.sourceLowBits()).isEqualTo(0x0a000001L);
        assertThat(packet.destinationLowBits()).isEqualTo(0x0a000063L);
        assertThat(packet.sourceHighBits()).isZero();
        assertThat(packet.destinationHighBits()).isZero();
        assertThat(packet.protocol()).isEqualTo(IpPacket.TCP);
        assertThat(packet.headerLength()).isEqualTo(20);
        assertThat(packet.payloadOffset()).isEqualTo(20);
        assertThat(packet.totalLength()).isEqualTo(50);
        assertThat(packet.payloadLength()).isEqualTo(30);
        assertThat(packet.timeToLive()).isEqualTo(17);
        assertThat(packet.isFragment()).as("DF is no fragment").isFalse();
        assertThat(packet.fragmentOffset()).isZero();
        assertThat(packet.hasMoreFragments()).isFalse();
        assertThat(packet).hasToString("IP 10.0.0.1.4000 > 10.0.0.99.80: Flags [.], seq 1000:1010, ack 77, win 501, "
            + "length 10");
    }

    @Test
    void readsIpv6BehindExtensionHeaders() throws UnknownHostException {
        packet.wrap(of(PacketBuilder.udp(6).extension(0, new byte[7]).extension(60, new byte[15])
            .payload(new byte[5]).ttl(3)));
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.version()).isEqualTo(6);
        assertThat(packet.source()).isEqualTo(InetAddress.getByName("fd00::1"));
        assertThat(packet.destination()).isEqualTo(InetAddress.getByName("fd00::63"));
        assertThat(packet.sourceHighBits()).isEqualTo(0xfd00_0000_0000_0000L);
        assertThat(packet.sourceLowBits()).isEqualTo(1);
        assertThat(packet.destinationHighBits()).isEqualTo(0xfd00_0000_0000_0000L);
        assertThat(packet.destinationLowBits()).isEqualTo(0x63);
        assertThat(packet.protocol()).isEqualTo(IpPacket.UDP);
        assertThat(packet.headerLength()).isEqualTo(64);
        assertThat(packet.payloadOffset()).isEqualTo(64);
        assertThat(packet.totalLength()).isEqualTo(77);
        assertThat(packet.payloadLength()).isEqualTo(13);
        assertThat(packet.timeToLive()).isEqualTo(3);
        assertThat(packet).hasToString("IP6 fd00::1.4000 > fd00::63.80: UDP, length 5");
    }

    @Test
    void readsBehindIpv4Options() {
        packet.wrap(of(PacketBuilder.udp(4).ipOptions(new byte[8]).payload(new byte[3])));
        assertThat(packet.headerLength()).isEqualTo(28);
        assertThat(packet.protocol()).isEqualTo(IpPacket.UDP);
        assertThat(packet.payloadLength()).isEqualTo(11);
    }

    @Test
    void readsInAnEthernetFrameAndLeavesItsPaddingOut() {
        ByteBuf frame = PacketBuilder.udp(4).tag(0x8100, 5).payload(new byte[2]).padding(9).build(12);
        packet.wrap(frame, EthernetFrame.payloadOffset(frame, 12));
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.totalLength()).isEqualTo(30);
        assertThat(packet.payloadOffset()).isEqualTo(12 + 18 + 20);
        assertThat(packet.payloadLength()).isEqualTo(10);
        frame.release();
    }

    /** An invalid Ethernet frame has no payload. */
    @Test
    void anIndexThatIsNoneHasNoPacket() {
        packet.wrap(Unpooled.buffer().writeZero(100), -1);
        assertThat(packet.version()).isEqualTo(-1);
        assertThat(packet.isValid()).isFalse();
        assertThat(packet).hasToString("no IP packet, length 0");
        assertThat(new IpPacket()).hasToString("no packet");
    }

    @Test
    void tellsFragmentsOfIpv4() {
        packet.wrap(of(PacketBuilder.udp(4).fragment(0x2000).payload(new byte[8])));
        assertThat(packet.isFragment()).isTrue();
        assertThat(packet.fragmentOffset()).isZero();
        assertThat(packet.hasMoreFragments()).isTrue();
        packet.wrap(of(PacketBuilder.udp(4).fragment(185).payload(new byte[8])));
        assertThat(packet.isFragment()).isTrue();
        assertThat(packet.fragmentOffset()).isEqualTo(1480);
        assertThat(packet.hasMoreFragments()).isFalse();
        assertThat(packet).hasToString("IP 10.0.0.1 > 10.0.0.99: udp fragment, offset 1480, length 16");
    }

    /** A later fragment contains a part of the middle of a packet, which must not be read as a header. */
    @Test
    void tellsFragmentsOfIpv6AndReadsNoHeaderInALaterOne() {
        packet.wrap(hex("6000000000102c40" + HEADER_6 + "3c00" + "05a9" + "00000007" + "11ff111111111111"));
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.fragmentOffset()).isEqualTo(1448);
        assertThat(packet.hasMoreFragments()).isTrue();
        assertThat(packet.protocol()).isEqualTo(60);
        assertThat(packet.headerLength()).isEqualTo(48);
        packet.wrap(hex("6000000000182c40" + HEADER_6 + "3c00" + "0001" + "00000007" + "1100111111111111"
            + "0102030405060708"));
        assertThat(packet.fragmentOffset()).isZero();
        assertThat(packet.isFragment()).isTrue();
        assertThat(packet.protocol()).isEqualTo(IpPacket.UDP);
        assertThat(packet.headerLength()).isEqualTo(56);
    }

    /** RFC 4302, section 2.2: the length is in words of four octets, minus two. */
    @Test
    void countsTheAuthenticationHeaderInItsOwnUnit() {
        packet.wrap(hex("6000000000143340" + HEADER_6 + "0601" + "0000" + "0000000100000002" + "0102030405060708"));
        assertThat(packet.headerLength()).isEqualTo(52);
        assertThat(packet.protocol()).isEqualTo(IpPacket.TCP);
        assertThat(packet.payloadLength()).isEqualTo(8);
    }

    /** {@code ::ffff:10.0.0.1} is not 10.0.0.1, although InetAddress makes no difference. */
    @Test
    void anAddressOfIpv6StaysOne() {
        packet.wrap(hex("6000000000003b40" + "00000000000000000000ffff0a000001" + "fd000000000000000000000000000063"));
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.source()).isInstanceOf(Inet6Address.class);
        assertThat(packet.sourceLowBits()).isEqualTo(0x0000_ffff_0a00_0001L);
        assertThat(packet.totalLength()).as("no payload, and a length of 0 says so").isEqualTo(40);
    }

    @Test
    void aPacketLongerThanItsHeaderCanSayIsAllThatIsThere() {
        ByteBuf buf = Unpooled.buffer().writeBytes(hex("4500000000014000400600000a0000010a000002")).writeZero(70_000);
        packet.wrap(buf);
        assertThat(packet.isValid()).isTrue();
        assertThat(packet.totalLength()).isEqualTo(70_020);
        buf.writerIndex(1000);
        assertThat(packet.isValid()).as("a length of 0 in a short one").isFalse();
        assertThat(packet.headerLength()).isEqualTo(-1);
    }

    @Test
    void whatIsCutOffIsNotRead() {
        for (PacketBuilder builder : new PacketBuilder[] {PacketBuilder.tcp(4).ipOptions(new byte[4]),
            PacketBuilder.tcp(6).extension(0, new byte[7]).extension(43, new byte[23])}) {
            byte[] octets = builder.rawIp().payload(new byte[5]).build();
            int header = builder.transportOffset();
            for (int length = 0; length < octets.length; length++) {
                // The octets are in the buffer, but after the writer index.
                packet.wrap(Unpooled.wrappedBuffer(octets).writerIndex(length));
                assertThat(packet.isValid()).as("%s octets", length).isFalse();
                assertThat(packet.headerLength()).as("%s octets", length).isEqualTo(length < header ? -1 : header);
                assertThat(packet.protocol()).isEqualTo(length < header ? -1 : IpPacket.TCP);
                if (packet.version() < 0) {
                    assertThat(packet.totalLength()).isEqualTo(-1);
                    assertThat(packet.timeToLive()).isEqualTo(-1);
                    assertThatThrownBy(packet::source).isInstanceOf(IndexOutOfBoundsException.class);
                    assertThatThrownBy(packet::destinationLowBits).isInstanceOf(IndexOutOfBoundsException.class);
                    assertThatThrownBy(packet::sourceHighBits).isInstanceOf(IndexOutOfBoundsException.class);
                }
            }
        }
    }

    @Test
    void refusesHeadersThatContradictThemselves() {
        String rest = "0001400040060000" + "0a000001" + "0a000002";
        assertThat(packet.wrap(hex("44000014" + rest)).isValid()).as("16 octets of header").isFalse();
        assertThat(packet.wrap(hex("45000013" + rest)).isValid()).as("shorter than its header").isFalse();
        assertThat(packet.wrap(hex("46000014" + rest)).isValid()).as("options that are not there").isFalse();
        assertThat(packet.wrap(hex("55000014" + rest)).version()).as("version 5").isEqualTo(-1);
        assertThat(packet.wrap(hex("55000014" + rest))).hasToString("no IP packet, length 20");
        assertThat(packet.wrap(hex("44000014" + rest))).hasToString("IP malformed: version 4, header 16, length 20");
        assertThat(packet.wrap(hex("6000000000080040" + HEADER_6 + "0601000000000000")).isValid())
            .as("an extension header longer than the packet").isFalse();
    }

    @Test
    void aChainOfExtensionHeadersWithoutEndIsNotFollowed() {
        PacketBuilder builder = PacketBuilder.udp(6);
        for (int i = 0; i < IpPacket.MAX_EXTENSION_HEADERS; i++) {
            builder.extension(60, new byte[7]);
        }
        assertThat(packet.wrap(of(builder)).protocol()).isEqualTo(IpPacket.UDP);
        assertThat(packet.wrap(of(builder.extension(60, new byte[7]))).protocol()).isEqualTo(-1);
    }

    @Test
    void readsAnyBytes() {
        Random random = new Random(12);
        for (int i = 0; i < 20_000; i++) {
            byte[] octets = new byte[random.nextInt(100)];
            random.nextBytes(octets);
            if (octets.length > 6 && random.nextBoolean()) {
                octets[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
                octets[6] = (byte) (random.nextBoolean() ? 0 : 44);
            }
            packet.wrap(Unpooled.wrappedBuffer(octets));
            assertThatCode(() -> {
                packet.isValid();
                packet.fragmentOffset();
                packet.payloadLength();
                packet.toString();
            }).doesNotThrowAnyException();
            if (packet.isValid()) {
                assertThat(packet.payloadOffset() + packet.payloadLength()).isLessThanOrEqualTo(octets.length);
            }
        }
    }
}
