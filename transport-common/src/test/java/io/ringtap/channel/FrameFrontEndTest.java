/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a front end puts between a port and its application. */
class FrameFrontEndTest extends FrontEndWithoutDevice {
    @ParameterizedTest
    @EnumSource(LinkLayer.class)
    void aPlainApplicationGetsWholeFramesFromAPortThatLeavesThemUndone(LinkLayer layer) {
        link = layer;
        FrameFrontEnd frontEnd = open(plain(), LONG, VirtioNetOffloads.ALL, VirtioNetOffloads.ALL);
        assertThat(handlers()).containsExactly("GsoSegmenter", "ChecksumCompletion", "VirtioNetHeaderHandler");
        assertThat(frontEnd.negotiation().backendLength()).isSameAs(VnetHeaderLength.MERGEABLE);
        assertThat(frontEnd.negotiation().toFrontEnd()).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(events).extracting(FrameFrontEnd.Negotiated::negotiation).containsExactly(frontEnd.negotiation());

        channel.writeInbound(superFrame(LONG, packet(2500)));
        for (int length : new int[] {SEGMENT, SEGMENT, 500}) {
            assertWhole(channel.readInbound(), length);
        }
        assertThat(channel.<Object>readInbound()).isNull();
        ByteBuf whole = packet(100).build(0);
        byte[] octets = ByteBufUtil.getBytes(whole);
        channel.writeOutbound(whole);
        ByteBuf written = channel.readOutbound();
        assertThat(written.skipBytes(12)).isEqualTo(Unpooled.wrappedBuffer(octets));
        written.release();
    }

    @Test
    void nothingStandsThereWhenThereIsNothingToDo() {
        FrameFrontEnd frontEnd = open(plain(), NONE, VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        assertThat(handlers()).isEmpty();
        assertThat(channel.pipeline().get(FrameFrontEnd.class)).as("the anchor stays").isSameAs(frontEnd);
        assertThat(frontEnd.negotiation().convertsHeader()).isFalse();
        assertThat(events).hasSize(1);
        FrameBatch batch = FrameBatch.newInstance().add(packet(5).build(0)).add(packet(6).build(0));
        channel.writeInbound(batch);
        assertThat(channel.<Object>readInbound()).as("whole").isSameAs(batch);
        batch.release();
    }

    @Test
    void anApplicationThatSpeaksThePortsOwnFormNeedsNothingEither() {
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES), LONG, TCP, TCP);
        assertThat(handlers()).isEmpty();
        ByteBuf message = superFrame(LONG, packet(3000));
        channel.writeInbound(message);
        assertThat(channel.<Object>readInbound()).isSameAs(message);
        message.release();
    }

    @Test
    void superFramesOfTheApplicationAreSegmentedForAPortThatTakesNone() {
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES), NONE, VirtioNetOffloads.NONE,
            VirtioNetOffloads.NONE);
        assertThat(handlers()).containsExactly("VirtioNetHeaderHandler", "ChecksumCompletion", "GsoSegmenter");
        channel.writeOutbound(FrameBatch.newInstance().add(superFrame(LONG, packet(1500)))
            .add(superFrame(LONG, packet(2000))));
        for (int length : new int[] {SEGMENT, 500, SEGMENT, SEGMENT}) {
            assertWhole(channel.readOutbound(), length);
        }
        assertThat(channel.<Object>readOutbound()).isNull();
        ByteBuf frame = packet(7).build(0);
        channel.writeInbound(frame);
        ByteBuf received = channel.readInbound();
        assertThat(received.readableBytes()).isEqualTo(12 + 14 + 20 + 20 + 7);
        received.release();
    }

    @Test
    void segmentsThatArriveInARowAreJoinedForAnApplicationThatAsksForIt() {
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES, true), NONE, VirtioNetOffloads.NONE,
            VirtioNetOffloads.NONE);
        assertThat(handlers()).containsExactly("VirtioNetHeaderHandler", "ChecksumCompletion", "GsoSegmenter",
            "GroCoalescer");
        FrameBatch batch = FrameBatch.newInstance();
        for (int i = 0; i < 3; i++) {
            batch.add(packet(SEGMENT).sequence(1000 + i * SEGMENT).id(100 + i).build(0));
        }
        channel.writeInbound(batch);
        ByteBuf joined = channel.readInbound();
        assertThat(LONG.gsoType(joined, joined.readerIndex())).isEqualTo(VirtioNetHeader.GSO_TCPV4);
        assertThat(LONG.gsoSize(joined, joined.readerIndex())).isEqualTo(SEGMENT);
        assertThat(joined.readableBytes()).isEqualTo(12 + 54 + 3 * SEGMENT);
        joined.release();
        assertThat(channel.<Object>readInbound()).isNull();
    }

    /** A tap that was opened with OFFLOADS delivers super-frames, although it could have been opened without. */
    @Test
    void whatAnOpenPortGivesIsTakenAsGiven() {
        FrameFrontEnd frontEnd = open(plain(), LONG, VirtioNetOffloads.NONE, TCP);
        assertThat(frontEnd.negotiation().toFrontEndInSoftware()).isEqualTo(TCP);
    }

    @Test
    void aHeaderInTheOtherByteOrderIsConverted() {
        ByteOrder other = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN;
        VirtioNetHeader swapped = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE, other);
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES), swapped, TCP, TCP);
        channel.writeInbound(superFrame(swapped, packet(3000)));
        ByteBuf message = channel.readInbound();
        assertThat(LONG.gsoSize(message, message.readerIndex())).isEqualTo(SEGMENT);
        message.release();
    }

    /** A frame that a handler refuses fails for the application as if the device had refused it. */
    @Test
    void aFrameThatMakesNoSenseIsRefused() {
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES), NONE, VirtioNetOffloads.NONE,
            VirtioNetOffloads.NONE);
        assertThat(channel.writeAndFlush(Unpooled.buffer().writeZero(5)).cause())
            .isInstanceOf(FrameRefusedException.class);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void whoeverListensLearnsWhatIsDropped() {
        List<String> drops = new ArrayList<>();
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES)
            .onDrop((direction, reason) -> drops.add(direction + " " + reason)), NONE, VirtioNetOffloads.NONE,
            VirtioNetOffloads.NONE);
        channel.writeInbound(Unpooled.buffer().writeZero(5));
        channel.writeAndFlush(Unpooled.buffer().writeZero(5));
        assertThat(drops).containsExactly("INBOUND " + VirtioNetVerdict.FRAME_TOO_SHORT,
            "OUTBOUND " + VirtioNetVerdict.SHORTER_THAN_HEADER);
    }

    /** A handler that is added later finds the negotiation completed. */
    @Test
    void negotiatesAtOnceInAChannelThatIsOpen() {
        channel = new EmbeddedChannel();
        FrameFrontEnd frontEnd = plain().over(link, LONG, backend(LONG, TCP, TCP));
        assertThat(frontEnd.negotiation()).isNull();
        channel.pipeline().addLast(frontEnd);
        assertThat(frontEnd.negotiation()).isNotNull();
        assertThat(channel.pipeline().get(ChecksumCompletion.class)).isNotNull();
        assertThat(channel.pipeline().get(GroCoalescer.class)).isNull();
    }

    @Test
    void featuresThatCannotBeAreRefusedAtOnce() {
        assertThatThrownBy(() -> FrameFrontEnd.of(VnetHeaderLength.LEGACY, Set.of(VirtioNetFeature.MRG_RXBUF),
            new ChannelInboundHandlerAdapter())).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("MRG_RXBUF");
    }

    /** Without a description of the port, the application would receive frames in any form. */
    @Test
    void aChannelThatNobodyCanAskIsRefused() {
        channel = new EmbeddedChannel(FrameFrontEnd.plain(new ChannelInboundHandlerAdapter()));
        assertThat(channel.isOpen()).isFalse();
        EmbeddedChannel other = new EmbeddedChannel();
        assertThatThrownBy(() -> {
            other.pipeline().addLast(plain());
            other.checkException();
        }).hasStackTraceContaining("is no FrameChannel");
        other.finishAndReleaseAll();
    }
}
