/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.ringtap.testkit.PacketBuilder;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Valid inputs for {@link VirtioNetFuzz}, from which mutation starts. */
final class FuzzSeeds {
    private FuzzSeeds() {
    }

    /** Inputs of one message each. */
    static List<byte[]> messages() {
        Random random = new Random(5);
        List<byte[]> seeds = new ArrayList<>();
        for (int first = 0; first < 8; first++) {
            for (int version : new int[] {4, 6}) {
                int tso = version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
                seeds.add(seed(first, PacketBuilder.tcp(version).randomPayload(random, 150), tso, 64));
                seeds.add(seed(first, PacketBuilder.tcp(version).tag(0x88a8, 1).tag(0x8100, 2).tcpOptions(new byte[12])
                    .randomPayload(random, 30), tso | VirtioNetHeader.GSO_ECN, 20));
                seeds.add(seed(first, PacketBuilder.udp(version).randomPayload(random, 90),
                    VirtioNetHeader.GSO_UDP_L4, 40));
                seeds.add(seed(first, PacketBuilder.udp(version).randomPayload(random, 90),
                    VirtioNetHeader.GSO_UDP, 32));
                seeds.add(seed(first, PacketBuilder.udp(version).randomPayload(random, 9).padding(9), 0, 0));
                seeds.add(seed(first, PacketBuilder.tcp(version).randomPayload(random, 10), 0, 0));
            }
            seeds.add(seed(first, PacketBuilder.tcp(4).ipOptions(new byte[12]).randomPayload(random, 99), 1, 50));
            seeds.add(seed(first, PacketBuilder.udp(6).extension(0, new byte[7]).segmentRoute(new byte[16])
                .extension(60, new byte[15]).randomPayload(random, 99), VirtioNetHeader.GSO_UDP, 48));
            byte[] address = new byte[16];
            random.nextBytes(address);
            seeds.add(seed(first, PacketBuilder.tcp(6).homeAddress(address).randomPayload(random, 99),
                VirtioNetHeader.GSO_TCPV6, 48));
            seeds.add(seed(first, PacketBuilder.tcp(6).route(3, address).randomPayload(random, 20), 0, 0));
            seeds.add(seed(first, PacketBuilder.udp(6).extension(44, new byte[7]).randomPayload(random, 20), 0, 0));
            seeds.add(seed(first, PacketBuilder.udp(4).randomPayload(random, 150).padding(46),
                VirtioNetHeader.GSO_UDP_L4, 2));
            seeds.add(seed(first, PacketBuilder.tcp(4).randomPayload(random, 900), VirtioNetHeader.GSO_TCPV4, 8));
            byte[] plain = PacketBuilder.tcp(4).build();
            byte[] seed = new byte[1 + VirtioNetFuzz.header(new byte[] {(byte) first}).bytes() + plain.length];
            seed[0] = (byte) first;
            System.arraycopy(plain, 0, seed, seed.length - plain.length, plain.length);
            seeds.add(seed);
        }
        return seeds;
    }

    private static byte[] seed(int first, PacketBuilder packet, int gsoType, int gsoSize) {
        VirtioNetHeader header = VirtioNetFuzz.header(new byte[] {(byte) first});
        ByteBuf message = SuperFrame.of(header, packet, gsoType, gsoSize);
        byte[] seed = new byte[1 + message.readableBytes()];
        seed[0] = (byte) first;
        message.readBytes(seed, 1, seed.length - 1);
        message.release();
        return seed;
    }

    /** Inputs of several frames each. */
    static List<byte[]> rows() {
        Random random = new Random(6);
        List<byte[]> seeds = new ArrayList<>();
        for (int first = 0; first < 8; first++) {
            for (int version : new int[] {4, 6}) {
                ByteArrayOutputStream tcp = new ByteArrayOutputStream();
                ByteArrayOutputStream udp = new ByteArrayOutputStream();
                tcp.write(first);
                udp.write(first);
                for (int i = 0; i < 4; i++) {
                    int length = i < 3 ? 20 : 11;
                    row(tcp, PacketBuilder.tcp(version).sequence(20L * i).id(i).randomPayload(random, length)
                        .padding(first % 3).build());
                    row(udp, PacketBuilder.udp(version).id(i).randomPayload(random, length).build());
                    row(udp, PacketBuilder.udp(version).host(9).id(i).randomPayload(random, length).build());
                }
                seeds.add(tcp.toByteArray());
                seeds.add(udp.toByteArray());
            }
        }
        return seeds;
    }

    private static void row(ByteArrayOutputStream out, byte[] frame) {
        out.write(frame.length);
        out.write(frame.length >>> 8);
        out.writeBytes(frame);
    }
}
