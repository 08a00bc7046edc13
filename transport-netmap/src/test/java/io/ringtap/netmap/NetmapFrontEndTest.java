/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Applications with and without a virtio-net header on ports with and without one. */
class NetmapFrontEndTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final Set<VirtioNetFeature> TCP = EnumSet.of(VirtioNetFeature.CSUM, VirtioNetFeature.HOST_TSO4,
        VirtioNetFeature.GUEST_CSUM, VirtioNetFeature.GUEST_TSO4);
    private static final int SEGMENT = 1000;

    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<NetmapChannel> channels = new ArrayList<>();

    /** An application that keeps the frames that it reads. */
    private static final class Application extends SimpleChannelInboundHandler<ByteBuf> {
        final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
            frames.add(ByteBufUtil.getBytes(frame));
        }

        byte[] take() throws InterruptedException {
            byte[] frame = frames.poll(10, TimeUnit.SECONDS);
            assertThat(frame).as("a frame within ten seconds").isNotNull();
            return frame;
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        for (NetmapChannel channel : channels) {
            channel.close().sync();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private NetmapChannel open(String name, VnetHeaderLength length, Application application, boolean plain)
        throws InterruptedException {
        NetmapChannel channel = (NetmapChannel) new Bootstrap().group(group).channel(NetmapChannel.class)
            .option(NetmapChannelOption.DRIVER, netmap)
            .option(FrameChannelOption.VNET_HEADERS, List.of(length))
            .handler(plain ? FrameFrontEnd.plain(application)
                : FrameFrontEnd.of(VnetHeaderLength.MERGEABLE, TCP, application))
            .bind(NetmapAddress.parse(name)).sync().channel();
        channels.add(channel);
        return channel;
    }

    private static ByteBuf superFrame(PacketBuilder packet) {
        ByteBuf message = packet.partial().build(HEADER.bytes());
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        HEADER.setGsoSize(message, 0, SEGMENT);
        HEADER.setHdrLen(message, 0, packet.payloadOffset());
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        HEADER.setNumBuffers(message, 0, 1);
        return message;
    }

    /**
     * Whatever headers the ports have, an application that wants super-frames writes them, and one that wants plain
     * frames reads plain frames.
     */
    @ParameterizedTest
    @CsvSource({"vale0:a, 12, vale0:b, 12", "vale0:a, 0, vale0:b, 12", "vale0:a, 12, vale0:b, 0",
        "vale0:a, 10, vale0:b, 0", "vale0:a{1, 12, vale0:a}1, 12", "vale0:a{1, 0, vale0:a}1, 0",
        "vale0:a{1, 10, vale0:a}1, 10"})
    void superFramesOfOneApplicationReachTheOtherAsPlainFrames(String from, int fromBytes, String to, int toBytes)
        throws InterruptedException {
        Application sender = new Application();
        Application receiver = new Application();
        NetmapChannel out = open(from, VnetHeaderLength.ofBytes(fromBytes), sender, false);
        NetmapChannel in = open(to, VnetHeaderLength.ofBytes(toBytes), receiver, true);
        out.writeAndFlush(superFrame(PacketBuilder.tcp(4).randomPayload(new Random(1), 2500))).sync();
        for (int length : new int[] {SEGMENT, SEGMENT, 500}) {
            assertThat(PacketCheck.of(receiver.take()).verifyTransport().payloadOctets()).hasSize(length);
        }
        byte[] answer = PacketBuilder.tcp(4).payload(new byte[100]).build();
        in.writeAndFlush(in.alloc().buffer().writeBytes(answer)).sync();
        assertThat(sender.take()).hasSize(12 + answer.length).endsWith(answer);
        assertThat(out.stats().txDrops() + out.stats().rxDrops() + in.stats().txDrops() + in.stats().rxDrops())
            .isZero();
    }

    @Test
    void anApplicationInTheFormOfItsPortHasNothingInBetween() throws InterruptedException {
        NetmapChannel channel = open("vale0:a", VnetHeaderLength.NONE, new Application(), true);
        assertThat(channel.pipeline().names()).hasSize(3);
        assertThat(channel.pipeline().get(FrameFrontEnd.class).negotiation().backendGives())
            .isEqualTo(VirtioNetOffloads.NONE);
    }
}
