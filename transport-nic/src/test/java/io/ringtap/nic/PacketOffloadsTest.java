/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Super-frames and unfinished checksums through two packet sockets: one writes them to vb, the kernel carries them as
 * they are, and the other receives them from va. The kernel takes a tag out of them on the way.
 */
class PacketOffloadsTest extends VethTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int PAYLOAD = 20_001;
    private static final int SEGMENT = 1000;

    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    private final byte[] payload = new byte[PAYLOAD];

    private final class Receiver extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            received.add(ByteBufUtil.getBytes((ByteBuf) message));
            ((ByteBuf) message).release();
        }
    }

    private Channel sender() throws Exception {
        return track(bootstrap(Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE),
            new ChannelInboundHandlerAdapter()).bind(new PacketAddress("vb")).sync().channel());
    }

    private byte[] next() throws InterruptedException {
        byte[] frame = received.poll(10, TimeUnit.SECONDS);
        assertThat(frame).as("a frame").isNotNull();
        return frame;
    }

    /** A packet whose checksum is left to do, and that is to be segmented if it is a super-frame. */
    private ByteBuf unfinished(int version, int tags, int length) {
        new Random(version).nextBytes(payload);
        PacketBuilder packet = PacketBuilder.tcp(version).payload(Arrays.copyOf(payload, length));
        for (int tag = 0; tag < tags; tag++) {
            packet.tag(tag == tags - 1 ? 0x8100 : 0x88a8, 5 + tag);
        }
        ByteBuf message = packet.partial().build(HEADER.bytes());
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        if (length > SEGMENT) {
            HEADER.setGsoType(message, 0, version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6);
            HEADER.setGsoSize(message, 0, SEGMENT);
            HEADER.setHdrLen(message, 0, packet.payloadOffset());
        }
        return message;
    }

    @ParameterizedTest
    @CsvSource({"4,0", "6,0", "4,1", "6,1"})
    void withAHeaderTheyArriveAsTheyWereSent(int version, int tags) throws Exception {
        PacketChannel channel = open(Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE),
            new Receiver());
        assertThat(channel.config().getOffloads()).isEqualTo(VirtioNetOffloads.ALL);
        Channel sender = sender();
        for (int length : new int[] {PAYLOAD, 100}) {
            ByteBuf message = unfinished(version, tags, length);
            byte[] sent = ByteBufUtil.getBytes(message);
            sender.writeAndFlush(message).sync();
            byte[] arrived = next();
            // hdr_len and flags are the kernel's own words: only what describes the frame has to be the same.
            ByteBuf before = Unpooled.wrappedBuffer(sent);
            ByteBuf after = Unpooled.wrappedBuffer(arrived);
            assertThat(HEADER.csumStart(after, 0)).isEqualTo(HEADER.csumStart(before, 0));
            assertThat(HEADER.csumOffset(after, 0)).isEqualTo(HEADER.csumOffset(before, 0));
            assertThat(HEADER.gsoType(after, 0)).isEqualTo(HEADER.gsoType(before, 0));
            assertThat(HEADER.gsoSize(after, 0)).isEqualTo(HEADER.gsoSize(before, 0));
            assertThat(HEADER.flags(after, 0)).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
            assertThat(Arrays.copyOfRange(arrived, HEADER.bytes(), arrived.length))
                .isEqualTo(Arrays.copyOfRange(sent, HEADER.bytes(), sent.length));
        }
    }

    @ParameterizedTest
    @CsvSource({"4,0", "6,0", "4,1", "6,1", "4,2"})
    void withoutOneTheyAreFinished(int version, int tags) throws Exception {
        PacketChannel channel = open(Map.of(), new Receiver());
        assertThat(channel.config().getOffloads()).isEqualTo(VirtioNetOffloads.NONE);
        Channel sender = sender();
        assertFinished(sender, version, tags, 100);
        if (tags < 2) {
            assertFinished(sender, version, tags, PAYLOAD);
        }
        assertThat(channel.stats().rxDrops()).isZero();
    }

    /** A read() asks for one frame: the other segments wait for the next. */
    @Test
    void theSegmentsOfASuperFrameComeOneByOneIfSoAskedFor() throws Exception {
        PacketChannel channel = open(Map.of(ChannelOption.AUTO_READ, false), new Receiver());
        sender().writeAndFlush(unfinished(4, 1, PAYLOAD)).sync();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (got.size() < PAYLOAD) {
            assertThat(received).isEmpty();
            channel.read();
            got.write(PacketCheck.of(next()).verifyTransport().payloadOctets());
        }
        assertThat(got.toByteArray()).isEqualTo(payload);
    }

    private void assertFinished(Channel sender, int version, int tags, int length) throws Exception {
        sender.writeAndFlush(unfinished(version, tags, length)).sync();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (got.size() < length) {
            byte[] frame = next();
            PacketCheck check = PacketCheck.of(frame).verifyTransport();
            assertThat(check.network).isEqualTo(14 + 4 * tags);
            assertThat(check.payload()).isLessThanOrEqualTo(SEGMENT);
            got.write(check.payloadOctets());
        }
        assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(payload, length));
    }
}
