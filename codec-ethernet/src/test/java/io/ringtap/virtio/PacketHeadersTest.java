/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class PacketHeadersTest {
    private final PacketHeaders headers = new PacketHeaders(LinkLayer.ETHERNET);

    private PacketHeaders.Kind parse(byte[] frame) {
        // A parser that reads beyond the frame would take these octets for a part of it.
        ByteBuf buf = Unpooled.buffer().writeZero(5).writeBytes(frame).writeZero(50);
        try {
            return headers.parse(buf, 5, frame.length);
        } finally {
            buf.release();
        }
    }

    private void finds(PacketBuilder builder) {
        byte[] frame = builder.randomPayload(new Random(1), 100).padding(7).build();
        assertThat(parse(frame)).isSameAs(PacketHeaders.Kind.PACKET);
        PacketCheck.of(frame).verifyTransport();
        assertThat(headers.l3).isEqualTo(builder.networkOffset());
        assertThat(headers.l4).isEqualTo(builder.transportOffset());
        assertThat(headers.end).isEqualTo(frame.length - 7);
        ByteBuf buf = Unpooled.wrappedBuffer(frame);
        assertThat(headers.payload(buf, 0)).isEqualTo(builder.payloadOffset());
        int sum = InternetChecksum.add(headers.pseudoHeader(buf, 0, headers.transportLength()),
            InternetChecksum.sum(buf, headers.l4, headers.transportLength()));
        assertThat(sum).as("with the pseudo-header").isEqualTo(0xffff);
        buf.release();
        for (int cut = 0; cut < builder.payloadOffset(); cut++) {
            parse(Arrays.copyOf(frame, cut));
            assertThat(headers.end).isLessThanOrEqualTo(cut);
            assertThat(headers.kind).isNotSameAs(PacketHeaders.Kind.PACKET);
        }
    }

    @Test
    void findsTransportHeaders() {
        for (int version : new int[] {4, 6}) {
            finds(PacketBuilder.tcp(version));
            finds(PacketBuilder.udp(version));
            finds(PacketBuilder.tcp(version).tag(0x8100, 5));
            finds(PacketBuilder.udp(version).tag(0x88a8, 5).tag(0x8100, 7));
            finds(PacketBuilder.tcp(version).tcpOptions(new byte[12]));
        }
        finds(PacketBuilder.tcp(4).ipOptions(new byte[8]));
        finds(PacketBuilder.udp(4).ipOptions(new byte[40]));
        finds(PacketBuilder.udp(6).extension(0, new byte[7]).extension(60, new byte[7]));
        byte[] stop = new byte[16];
        stop[15] = 44;
        finds(PacketBuilder.tcp(6).extension(0, new byte[7]).segmentRoute(stop).extension(60, new byte[7]));
        finds(PacketBuilder.tcp(6).homeAddress(stop));
        finds(PacketBuilder.udp(6).segmentRoute(new byte[16]).homeAddress(stop));
    }

    @Test
    void findsWhereAFragmentHeaderGoes() {
        parse(PacketBuilder.udp(6).build());
        assertThat(headers.fragmentable).isEqualTo(54);
        assertThat(headers.fragmentableName).isEqualTo(20);
        parse(PacketBuilder.udp(6).extension(0, new byte[7]).segmentRoute(new byte[16])
            .extension(60, new byte[7]).build());
        assertThat(headers.fragmentable).as("behind the routing header").isEqualTo(54 + 8 + 24);
        assertThat(headers.fragmentableName).isEqualTo(54 + 8);
        parse(PacketBuilder.udp(6).extension(60, new byte[7]).build());
        assertThat(headers.fragmentable).isEqualTo(62);
    }

    @Test
    void knowsFragments() {
        assertThat(parse(PacketBuilder.udp(4).fragment(0x2000).build())).isSameAs(PacketHeaders.Kind.FRAGMENT);
        assertThat(parse(PacketBuilder.udp(4).fragment(0x0007).build())).isSameAs(PacketHeaders.Kind.FRAGMENT);
        for (int field : new int[] {1, 8}) {
            assertThat(parse(PacketBuilder.udp(6).extension(44, (byte) 0, (byte) 0, (byte) field, (byte) 0, (byte) 0,
                (byte) 0, (byte) 9).build())).isSameAs(PacketHeaders.Kind.FRAGMENT);
        }
    }

    @Test
    void goesOnBehindWhatItCannotSegment() {
        parse(PacketBuilder.udp(6).extension(44, new byte[7]).build());
        assertThat(headers.kind).as("an atomic fragment").isSameAs(PacketHeaders.Kind.OPAQUE);
        assertThat(headers.l4).isEqualTo(54 + 8);
        assertThat(headers.protocol).isEqualTo(PacketHeaders.PROTOCOL_UDP);
        for (int type : new int[] {1, 3, 253}) {
            parse(PacketBuilder.tcp(6).route(type, new byte[16]).extension(60, new byte[7]).build());
            assertThat(headers.kind).as("a route of type %s", type).isSameAs(PacketHeaders.Kind.OPAQUE);
            assertThat(headers.l4).isEqualTo(54 + 24 + 8);
            assertThat(headers.protocol).isEqualTo(PacketHeaders.PROTOCOL_TCP);
        }
    }

    @Test
    void refusesWhatItCannotFollow() {
        assertThat(parse(PacketBuilder.tcp(6).extension(60, new byte[7]).extension(0, new byte[7]).build()))
            .as("hop-by-hop options that do not come first").isSameAs(PacketHeaders.Kind.MALFORMED);
        byte[] beyond = PacketBuilder.tcp(6).extension(60, new byte[7]).padding(60).build();
        beyond[54 + 1] = 3;
        assertThat(parse(beyond)).as("options that end in the padding").isSameAs(PacketHeaders.Kind.MALFORMED);
        byte[] version = PacketBuilder.tcp(4).build();
        version[14] = 0x55;
        assertThat(parse(version)).isSameAs(PacketHeaders.Kind.MALFORMED);
        byte[] shortHeader = PacketBuilder.tcp(4).build();
        shortHeader[14] = 0x44;
        assertThat(parse(shortHeader)).isSameAs(PacketHeaders.Kind.MALFORMED);
        byte[] longTotal = PacketBuilder.tcp(4).build();
        longTotal[17]++;
        assertThat(parse(longTotal)).isSameAs(PacketHeaders.Kind.MALFORMED);
    }

    @Test
    void doesNotTakeOthersForIp() {
        byte[] arp = PacketBuilder.tcp(4).build();
        arp[13] = 6;
        assertThat(parse(arp)).isSameAs(PacketHeaders.Kind.OTHER);
        assertThat(headers.version).isZero();
        assertThat(parse(new byte[13])).isSameAs(PacketHeaders.Kind.OTHER);
    }
}
