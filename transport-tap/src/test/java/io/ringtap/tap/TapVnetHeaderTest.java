/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The vnet header of real taps: every length, both byte orders, and what the kernel does with it. */
@RequiresTap
class TapVnetHeaderTest {
    private static final int SOON = 5000;

    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private EventLoopGroup group;
    private TestNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        namespace = TestNamespace.create();
        group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
    }

    @AfterEach
    void removeAll() throws IOException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        namespace.close();
    }

    private Bootstrap tap() {
        return new Bootstrap().group(group).channel(TapChannel.class).localAddress(new TapAddress("t0"))
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(TapChannelOption.UP, true)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    received.add(ByteBufUtil.getBytes((ByteBuf) message));
                    ((ByteBuf) message).release();
                }
            });
    }

    private TapChannel open(VnetHeaderLength length, boolean littleEndian, VirtioNetOffloads offloads) {
        Bootstrap tap = tap().option(FrameChannelOption.VNET_HEADER, length);
        if (length != VnetHeaderLength.NONE) {
            tap.option(FrameChannelOption.OFFLOADS, offloads)
                .option(TapChannelOption.VNET_LITTLE_ENDIAN, littleEndian);
        }
        return (TapChannel) tap.bind().syncUninterruptibly().channel();
    }

    private byte[] receivedBehind(int header) throws InterruptedException {
        while (true) {
            byte[] message = received.poll(SOON, TimeUnit.MILLISECONDS);
            assertThat(message).as("a frame in time").isNotNull();
            byte[] frame = Arrays.copyOfRange(message, header, message.length);
            if (TestFrames.isOurs(frame)) {
                int asked = Math.min(header, VnetHeaderLength.LEGACY.bytes());
                assertThat(Arrays.copyOf(message, asked)).as("asks for nothing").isEqualTo(new byte[asked]);
                return frame;
            }
        }
    }

    private static ByteBuf superFrame(VirtioNetHeader header) {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(new Random(1), 20_001);
        ByteBuf message = packet.partial().build(header.bytes());
        header.clear(message, 0);
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(message, 0, 1448);
        header.setHdrLen(message, 0, packet.payloadOffset());
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        return message;
    }

    @ParameterizedTest
    @CsvSource({"NONE, false", "LEGACY, false", "LEGACY, true", "MERGEABLE, false", "MERGEABLE, true", "HASH, false",
        "HASH, true", "TUNNEL, false", "TUNNEL, true"})
    void everyLengthInEitherOrderCarriesFramesBothWays(VnetHeaderLength length, boolean littleEndian)
        throws Exception {
        TapChannel tap = open(length, littleEndian, VirtioNetOffloads.ALL);
        VirtioNetHeader header = tap.vnetHeader();
        assertThat(tap.vnetHeaderLength()).isEqualTo(length.bytes());
        assertThat(header.length()).isEqualTo(length);
        if (littleEndian) {
            assertThat(header.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        }
        try (PacketSocket peer = PacketSocket.open(namespace, "t0")) {
            byte[] frame = TestFrames.frame(1);
            peer.send(frame);
            assertThat(receivedBehind(length.bytes())).isEqualTo(frame);

            ByteBuf plain = Unpooled.directBuffer();
            header.clear(plain.writeZero(length.bytes()), 0);
            tap.writeAndFlush(plain.writeBytes(frame)).sync();
            assertThat(peer.receive(SOON)).isEqualTo(frame);

            if (length != VnetHeaderLength.NONE) {
                ByteBuf message = superFrame(header);
                byte[] whole = new byte[message.readableBytes() - length.bytes()];
                message.getBytes(length.bytes(), whole);
                tap.writeAndFlush(message.retain()).sync();
                assertThat(peer.receive(SOON)).as("a super-frame, as its header is in the kernel's order").isEqualTo(
                    whole);

                header.setGsoSize(message, 0, 0);
                assertThatThrownBy(() -> tap.writeAndFlush(message).sync())
                    .isInstanceOf(FrameRefusedException.class).hasMessageContaining("contradicts");
                assertThat(tap.stats().txDrops(DropReason.REFUSED)).isOne();
            }
        }
        tap.close().sync();
    }

    @ParameterizedTest
    @EnumSource(VnetHeaderLength.class)
    void tellsWhatWasAgreed(VnetHeaderLength length) throws Exception {
        TapChannel tap = open(length, false, VirtioNetOffloads.ALL);
        VirtioNetBackend backend = tap.vnetBackend();
        for (VnetHeaderLength other : VnetHeaderLength.values()) {
            assertThat(backend.has(other)).isEqualTo(other == length);
        }
        boolean header = length != VnetHeaderLength.NONE;
        assertThat(backend.takes()).isEqualTo(header ? VirtioNetOffloads.ALL : VirtioNetOffloads.NONE);
        assertThat(backend.gives()).isEqualTo(tap.config().getOffloads());
        tap.close().sync();
        assertThat(tap.vnetBackend()).isSameAs(VirtioNetBackend.PLAIN);
    }

    /**
     * A persistent device keeps the header and the offloads of its last owner, and a shorter header cannot describe all
     * of them.
     */
    @Test
    void aShorterHeaderThanTheLastOwnerHadLosesNoFrame() throws Exception {
        Bootstrap persistent = tap().option(TapChannelOption.PERSIST, true)
            .option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.TUNNEL)
            .option(FrameChannelOption.OFFLOADS, VirtioNetOffloads.ALL);
        persistent.bind().sync().channel().close().sync();
        TapChannel tap = open(VnetHeaderLength.LEGACY, false, VirtioNetOffloads.NONE);
        try (PacketSocket peer = PacketSocket.open(namespace, "t0")) {
            for (int i = 0; i < 100; i++) {
                peer.send(TestFrames.frame(i));
                assertThat(receivedBehind(10)).isEqualTo(TestFrames.frame(i));
            }
        }
        assertThat(tap.stats().rxDrops()).isZero();
        tap.close().sync();
    }
}
