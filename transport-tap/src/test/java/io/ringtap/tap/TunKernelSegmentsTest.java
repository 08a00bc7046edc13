/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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
 * The segments of a super-frame without an Ethernet header are, byte for byte, those that the Linux kernel makes of it.
 * The super-frame is written to a TUN device with a vnet header, the kernel routes it, and the segments are read from a
 * TUN device without a header.
 */
@RequiresTap
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TunKernelSegmentsTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int ROUNDS = 20;
    private static final int SOON = 5000;
    private static final int MTU = 9000;

    @Parameter
    TestLoop loop;

    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private EventLoopGroup group;
    private TestNamespace namespace;
    private TunChannel in;
    private TunChannel out;
    private Random random;

    /** Keeps the packets of PacketBuilder, as the kernel sends packets of its own. */
    private final class Collect extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf packet = (ByteBuf) message;
            int version = packet.getByte(0) >>> 4 & 15;
            if (version == 4 && packet.getInt(16) == 0x0a00_0063 || version == 6 && packet.getByte(39) == 99) {
                received.add(ByteBufUtil.getBytes(packet));
            }
            packet.release();
        }
    }

    private static final class Ignore extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
        }
    }

    @BeforeEach
    void routeBetweenTwoDevices() throws IOException {
        group = loop.get();
        namespace = TestNamespace.create(true);
        namespace.sysctl("net/ipv4/ip_forward", "1");
        namespace.sysctl("net/ipv6/conf/all/forwarding", "1");
        in = open("in", VnetHeaderLength.MERGEABLE, new Ignore());
        out = open("out", VnetHeaderLength.NONE, new Collect());
        namespace.ip("route", "add", "10.0.0.1", "dev", "in");
        namespace.ip("route", "add", "10.0.0.99", "dev", "out");
        namespace.ip("-6", "route", "add", "fd00::1", "dev", "in");
        namespace.ip("-6", "route", "add", "fd00::63", "dev", "out");
    }

    private TunChannel open(String name, VnetHeaderLength header, ChannelHandler handler) {
        return (TunChannel) new Bootstrap().group(group).channel(TunChannel.class)
            .option(TunChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(TunChannelOption.MTU, MTU)
            .option(TunChannelOption.UP, true)
            .option(FrameChannelOption.VNET_HEADER, header)
            .handler(handler)
            .bind(new TunAddress(name)).syncUninterruptibly().channel();
    }

    @AfterEach
    void removeAll() throws IOException {
        in.close().syncUninterruptibly();
        out.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    @ParameterizedTest
    @CsvSource({"4, 1", "6, 4", "4, 5", "6, 5", "4, 3", "6, 3"})
    void segmentsAreTheKernels(int version, int gsoType) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            random = new Random(round * 100 + version * 10 + gsoType);
            ByteBuf superFrame = superFrame(packet(version, gsoType), gsoType);
            in.writeAndFlush(superFrame.copy()).sync();
            // A packet that the kernel forwards has one hop more.
            forward(superFrame);
            List<byte[]> expected = segments(superFrame);
            for (int i = 0; i < expected.size(); i++) {
                byte[] segment = received.poll(SOON, TimeUnit.MILLISECONDS);
                String what = "round " + round + ", segment " + i + " of " + expected.size();
                assertThat(segment).as(what).isNotNull();
                assertThat(withoutFragmentId(segment)).as(what).isEqualTo(withoutFragmentId(expected.get(i)));
            }
        }
        assertThat(received).isEmpty();
    }

    @Test
    void aSegmentedSuperFrameIsTakenAsItIs() throws Exception {
        random = new Random(5);
        in.pipeline().addFirst(
            new GsoSegmenter(LinkLayer.RAW_IP, HEADER, FrameDirection.OUTBOUND, VirtioNetOffloads.NONE));
        ByteBuf superFrame = superFrame(PacketBuilder.tcp(4).rawIp().randomPayload(random, 20_000), 1);
        ByteBuf copy = superFrame.copy();
        forward(copy);
        List<byte[]> expected = segments(copy);
        in.writeAndFlush(superFrame).sync();
        for (byte[] segment : expected) {
            assertThat(received.poll(SOON, TimeUnit.MILLISECONDS)).isEqualTo(segment);
        }
        assertThat(in.stats().txFrames()).isEqualTo(expected.size());
    }

    private static void forward(ByteBuf superFrame) {
        int at = HEADER.bytes();
        int ttl = superFrame.getByte(at) >>> 4 == 4 ? 8 : 7;
        superFrame.setByte(at + ttl, superFrame.getUnsignedByte(at + ttl) - 1);
    }

    private PacketBuilder packet(int version, int gsoType) {
        boolean tcp = gsoType != VirtioNetHeader.GSO_UDP_L4 && gsoType != VirtioNetHeader.GSO_UDP;
        PacketBuilder packet = (tcp ? PacketBuilder.tcp(version) : PacketBuilder.udp(version)).rawIp();
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
        return packet.ttl(2 + random.nextInt(254)).tos(random.nextInt(256))
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
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, gsoType);
        HEADER.setGsoSize(message, 0, size);
        HEADER.setHdrLen(message, 0, packet.payloadOffset());
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        return message;
    }

    private static List<byte[]> segments(ByteBuf superFrame) {
        EmbeddedChannel channel = new EmbeddedChannel(
            new GsoSegmenter(LinkLayer.RAW_IP, HEADER, FrameDirection.INBOUND, VirtioNetOffloads.NONE));
        channel.writeInbound(superFrame);
        List<byte[]> segments = new ArrayList<>();
        for (ByteBuf segment = channel.readInbound(); segment != null; segment = channel.readInbound()) {
            segments.add(ByteBufUtil.getBytes(segment.skipBytes(HEADER.bytes())));
            segment.release();
        }
        channel.finishAndReleaseAll();
        assertThat(segments).isNotEmpty();
        return segments;
    }

    /** The identification of IPv6 fragments is random. */
    private static byte[] withoutFragmentId(byte[] packet) {
        byte[] masked = packet.clone();
        if (packet[0] >>> 4 == 6 && packet[6] == 44) {
            Arrays.fill(masked, 44, 48, (byte) 0);
        }
        return masked;
    }
}
