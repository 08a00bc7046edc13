/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.virtio.GsoSplitter;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The segments of a super-frame are, byte for byte, those that the Linux kernel makes of it. The super-frame is written
 * to a tap with a vnet header, a bridge of the kernel forwards it, and the segments are read from a tap without a
 * header.
 */
@RequiresTap
class KernelSegmentsTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int ROUNDS = 60;
    private static final int SOON = 5000;
    private static final int MTU = 9000;

    private final BlockingQueue<byte[]> out = new LinkedBlockingQueue<>();
    private EventLoopGroup group;
    private TestNamespace namespace;
    private TapChannel in;
    private Random random;

    @BeforeEach
    void joinTwoTaps() throws IOException {
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
        namespace = TestNamespace.create();
        in = open("in", VnetHeaderLength.MERGEABLE, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ((ByteBuf) message).release();
            }
        });
        open("out", VnetHeaderLength.NONE, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf frame = (ByteBuf) message;
                // Only frames with the stations of PacketBuilder, as the kernel's bridge sends frames of its own.
                if (frame.getInt(0) == 0x0200_0000 && frame.getShort(4) == 2) {
                    out.add(ByteBufUtil.getBytes(frame));
                }
                frame.release();
            }
        });
        namespace.ip("link", "add", "name", "br0", "mtu", "" + MTU, "type", "bridge", "forward_delay", "0",
            "mcast_snooping", "0");
        namespace.ip("link", "set", "in", "master", "br0");
        namespace.ip("link", "set", "out", "master", "br0");
        namespace.ip("link", "set", "br0", "up");
    }

    private TapChannel open(String name, VnetHeaderLength header, ChannelInboundHandlerAdapter handler) {
        return (TapChannel) new Bootstrap().group(group).channel(TapChannel.class)
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(TapChannelOption.MTU, MTU)
            .option(TapChannelOption.UP, true)
            .option(FrameChannelOption.VNET_HEADER, header)
            .handler(handler)
            .bind(new TapAddress(name)).syncUninterruptibly().channel();
    }

    @AfterEach
    void removeAll() throws IOException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "6, 4", "4, 5", "6, 5", "4, 3", "6, 3"})
    void segmentsAreTheKernels(int version, int gsoType) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            random = new Random(round * 100 + version * 10 + gsoType);
            PacketBuilder packet = packet(version, gsoType);
            ByteBuf superFrame = superFrame(packet, gsoType);
            List<byte[]> expected = segments(superFrame);
            in.writeAndFlush(superFrame).sync();
            for (int i = 0; i < expected.size(); i++) {
                byte[] segment = out.poll(SOON, TimeUnit.MILLISECONDS);
                String what = "round " + round + ", segment " + i + " of " + expected.size();
                assertThat(segment).as(what).isNotNull();
                assertThat(withoutFragmentId(segment, packet)).as(what)
                    .isEqualTo(withoutFragmentId(expected.get(i), packet));
            }
        }
        assertThat(out).isEmpty();
    }

    private PacketBuilder packet(int version, int gsoType) {
        boolean tcp = gsoType != VirtioNetHeader.GSO_UDP_L4 && gsoType != VirtioNetHeader.GSO_UDP;
        PacketBuilder packet = tcp ? PacketBuilder.tcp(version) : PacketBuilder.udp(version);
        for (int tags = random.nextInt(3); tags > 0; tags--) {
            packet.tag(tags == 2 ? 0x88a8 : 0x8100, 1 + random.nextInt(4000));
        }
        if (tcp) {
            packet.flags(PacketBuilder.ACK | random.nextInt(2) * PacketBuilder.PSH
                | random.nextInt(2) * PacketBuilder.FIN | random.nextInt(2) * PacketBuilder.CWR)
                .sequence(random.nextInt() & 0xffff_ffffL);
            if (random.nextBoolean()) {
                packet.tcpOptions((byte) 1, (byte) 1, (byte) 8, (byte) 10, (byte) 1, (byte) 2, (byte) 3, (byte) 4,
                    (byte) 5, (byte) 6, (byte) 7, (byte) 8);
            }
        }
        if (version == 4) {
            // UFO is for packets that may be fragmented.
            packet.id(random.nextInt(1 << 16)).fragment(gsoType == VirtioNetHeader.GSO_UDP ? 0 : 0x4000);
        } else if (gsoType != VirtioNetHeader.GSO_UDP && random.nextBoolean()) {
            // Not before a fragment header, which the kernel then counts in when it writes fragment offsets.
            packet.extension(60, new byte[7]);
        }
        return packet.ttl(1 + random.nextInt(255)).tos(random.nextInt(256))
            .randomPayload(random, 1 + random.nextInt(random.nextBoolean() ? 3000 : 60_000));
    }

    private ByteBuf superFrame(PacketBuilder packet, int gsoType) {
        ByteBuf message = packet.partial().build(HEADER.bytes());
        int payload = message.readableBytes() - HEADER.bytes() - packet.payloadOffset();
        int least = gsoType == VirtioNetHeader.GSO_UDP_L4 ? Math.max(8, payload / 128 + 1) : Math.max(8, payload / 400);
        int size = least + random.nextInt(Math.max(1, MTU - 200 - least));
        if (gsoType == VirtioNetHeader.GSO_UDP) {
            // The kernel does not round other sizes down to a multiple of 8, which the offset of a fragment needs (RFC
            // 791).
            size &= ~7;
        }
        HEADER.clear(message, 0);
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, gsoType);
        HEADER.setGsoSize(message, 0, size);
        HEADER.setHdrLen(message, 0, packet.payloadOffset());
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        return message;
    }

    private static List<byte[]> segments(ByteBuf superFrame) {
        GsoSplitter gso = new GsoSplitter(HEADER);
        assertThat(gso.begin(superFrame)).isEqualTo(VirtioNetVerdict.VALID);
        List<byte[]> segments = new ArrayList<>();
        while (gso.hasNext()) {
            ByteBuf segment = gso.next(ByteBufAllocator.DEFAULT);
            segments.add(ByteBufUtil.getBytes(segment.skipBytes(HEADER.bytes())));
            segment.release();
        }
        return segments;
    }

    /** The identification of IPv6 fragments is random. */
    private static byte[] withoutFragmentId(byte[] frame, PacketBuilder packet) {
        int network = packet.networkOffset();
        if (frame[network] >>> 4 != 6) {
            return frame;
        }
        int next = frame[network + 6];
        int at = network + 40;
        while (next == 60) {
            next = frame[at];
            at += 8 + 8 * frame[at + 1];
        }
        byte[] masked = frame.clone();
        if (next == 44) {
            Arrays.fill(masked, at + 4, at + 8, (byte) 0);
        }
        return masked;
    }
}
