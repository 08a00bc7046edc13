/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.testkit.ExhaustedAllocator;
import io.ringtap.testkit.PacketBuilder;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VirtioNetHeaderHandlerTest {
    private final Random random = new Random(4);

    @Test
    void convertsBetweenAnyTwoLengthsBothWays() {
        for (VnetHeaderLength device : VnetHeaderLength.values()) {
            for (VnetHeaderLength application : VnetHeaderLength.values()) {
                EmbeddedChannel channel = new EmbeddedChannel(new VirtioNetHeaderHandler(device, application));
                for (int length : new int[] {0, 10, 100, 1000, 60_000}) {
                    byte[] frame = PacketBuilder.tcp(4).randomPayload(random, length).build();
                    channel.writeInbound(message(device, frame, length == 100));
                    check(channel.readInbound(), application, frame, device != VnetHeaderLength.NONE);
                    channel.writeOutbound(message(application, frame, length == 1000));
                    check(channel.readOutbound(), device, frame, application != VnetHeaderLength.NONE);
                }
                assertThat(channel.finish()).isFalse();
            }
        }
    }

    private ByteBuf message(VnetHeaderLength length, byte[] frame, boolean scattered) {
        ByteBuf message = Unpooled.directBuffer().writeZero(length.bytes()).writeBytes(frame);
        VirtioNetHeader header = VirtioNetHeader.of(length);
        header.clear(message, 0);
        if (length != VnetHeaderLength.NONE) {
            header.setFlags(message, 0, VirtioNetHeader.DATA_VALID);
        }
        return scattered ? SuperFrame.scattered(message, random) : message;
    }

    private static void check(ByteBuf message, VnetHeaderLength length, byte[] frame, boolean hadHeader) {
        VirtioNetHeader header = VirtioNetHeader.of(length);
        int index = message.readerIndex();
        assertThat(message.readableBytes()).isEqualTo(length.bytes() + frame.length);
        if (length != VnetHeaderLength.NONE) {
            assertThat(header.flags(message, index)).isEqualTo(hadHeader ? VirtioNetHeader.DATA_VALID : 0);
        }
        if (header.hasNumBuffers()) {
            assertThat(header.numBuffers(message, index)).isEqualTo(1);
        }
        assertThat(SuperFrame.frame(header, message)).isEqualTo(frame);
    }

    @Test
    void aSuperFramePassesUncopied() {
        EmbeddedChannel channel =
            new EmbeddedChannel(new VirtioNetHeaderHandler(VnetHeaderLength.LEGACY, VnetHeaderLength.MERGEABLE));
        VirtioNetHeader device = VirtioNetHeader.of(VnetHeaderLength.LEGACY);
        VirtioNetHeader application = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        ByteBuf superFrame = SuperFrame.of(device, PacketBuilder.tcp(4).randomPayload(random, 3000), 1, 1448);
        channel.writeInbound(superFrame);
        ByteBuf converted = channel.readInbound();
        assertThat(application.gsoType(converted, 0)).isEqualTo(VirtioNetHeader.GSO_TCPV4);
        assertThat(application.gsoSize(converted, 0)).isEqualTo(1448);
        assertThat(application.csumStart(converted, 0)).isEqualTo(34);
        superFrame.setByte(superFrame.writerIndex() - 1, 0x77);
        assertThat(converted.getByte(converted.writerIndex() - 1)).as("shared").isEqualTo((byte) 0x77);
        converted.release();
    }

    @Test
    void equalLayoutsPassTheSameBuffer() {
        EmbeddedChannel channel =
            new EmbeddedChannel(new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.MERGEABLE));
        ByteBuf message = message(VnetHeaderLength.MERGEABLE, new byte[60], false);
        channel.writeInbound(message);
        assertThat(channel.<Object>readInbound()).isSameAs(message);
        message.release();
    }

    @Test
    void discardsAndCountsShortMessages() {
        VirtioNetHeaderHandler handler =
            new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE);
        EmbeddedChannel channel = new EmbeddedChannel(handler);
        for (int length = 0; length < 12 + 14; length++) {
            assertThat(channel.writeInbound(Unpooled.buffer().writeZero(length))).isFalse();
        }
        assertThat(handler.dropped(VirtioNetVerdict.SHORTER_THAN_HEADER)).isEqualTo(12);
        assertThat(handler.dropped(VirtioNetVerdict.FRAME_TOO_SHORT)).isEqualTo(14);
        ChannelFuture written = channel.writeAndFlush(Unpooled.buffer().writeZero(13));
        assertThat(written.cause()).isInstanceOf(VirtioNetFrameException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    /** Refusals have one type, and each promise an instance of its own, as sync() adds a suppressed exception to it. */
    @Test
    void refusesWithAnExceptionOfThatFrameAlone() {
        EmbeddedChannel channel =
            new EmbeddedChannel(new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE));
        ChannelFuture first = channel.writeAndFlush(Unpooled.buffer().writeZero(13));
        ChannelFuture second = channel.writeAndFlush(Unpooled.buffer().writeZero(13));
        assertThatThrownBy(first::sync).isInstanceOf(FrameRefusedException.class);
        assertThat(second.cause()).isInstanceOfSatisfying(VirtioNetFrameException.class, refused -> {
            assertThat(refused.verdict()).isSameAs(VirtioNetVerdict.FRAME_TOO_SHORT);
            assertThat(refused.reason()).isSameAs(DropReason.MALFORMED);
            assertThat(refused.ofOneFrame()).isNotSameAs(refused).hasMessage(refused.getMessage());
        }).hasNoSuppressedExceptions();
    }

    @Test
    void tellsOfEachFrameThatItDrops() {
        List<String> told = new ArrayList<>();
        VirtioNetHeaderHandler handler =
            new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE);
        handler.setDropListener((direction, reason) -> told.add(direction + " " + reason));
        EmbeddedChannel channel = new EmbeddedChannel(handler);
        channel.writeInbound(Unpooled.buffer().writeZero(5));
        channel.writeAndFlush(Unpooled.buffer().writeZero(13))
            .addListener(written -> told.add("promise"));
        assertThat(told).containsExactly("INBOUND SHORTER_THAN_HEADER", "OUTBOUND FRAME_TOO_SHORT", "promise");
    }

    @Test
    void doesNotTakeAHeaderAwayThatIsNeeded() {
        VirtioNetHeaderHandler handler =
            new VirtioNetHeaderHandler(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE);
        EmbeddedChannel channel = new EmbeddedChannel(handler);
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
        assertThat(channel.writeInbound(SuperFrame.partial(header, PacketBuilder.tcp(4)))).isFalse();
        assertThat(channel.writeInbound(
            SuperFrame.of(header, PacketBuilder.tcp(4).payload(new byte[99]), 1, 50))).isFalse();
        assertThat(handler.dropped(VirtioNetVerdict.HEADER_LOST)).isEqualTo(2);
    }

    @Test
    void asksForMoreWhenAllOfAReadWasDropped() {
        int[] reads = new int[1];
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        }, new VirtioNetHeaderHandler(VnetHeaderLength.LEGACY, VnetHeaderLength.NONE));
        channel.writeInbound(Unpooled.buffer().writeZero(5));
        assertThat(reads[0]).isEqualTo(1);
        channel.writeInbound(Unpooled.buffer().writeZero(5), Unpooled.buffer().writeZero(50));
        assertThat(reads[0]).as("a frame came").isEqualTo(1);
        channel.finishAndReleaseAll();
    }

    @Test
    void releasesTheFrameWhenThereIsNoMemory() {
        EmbeddedChannel channel =
            new EmbeddedChannel(new VirtioNetHeaderHandler(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY));
        channel.config().setAllocator(new ExhaustedAllocator());
        ByteBuf frame = PacketBuilder.tcp(4).build(0);
        assertThatThrownBy(() -> channel.writeInbound(frame)).isInstanceOf(OutOfMemoryError.class);
        assertThat(frame.refCnt()).isZero();
    }
}
