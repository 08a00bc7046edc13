/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.ethernet.FrameHandler;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.ChecksumCompletion;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VirtioNetVerdict;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A front end in a channel without a device, which is given the description of its port. */
class FrameFrontEndTest {
    private static final VirtioNetHeader LONG = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final VirtioNetHeader NONE = VirtioNetHeader.of(VnetHeaderLength.NONE);
    private static final VirtioNetOffloads TCP =
        VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6);
    private static final Set<VirtioNetFeature> TCP_FEATURES = EnumSet.of(VirtioNetFeature.CSUM,
        VirtioNetFeature.HOST_TSO4, VirtioNetFeature.HOST_TSO6, VirtioNetFeature.GUEST_CSUM,
        VirtioNetFeature.GUEST_TSO4, VirtioNetFeature.GUEST_TSO6);
    private static final int SEGMENT = 1000;

    private final List<FrameFrontEnd.Negotiated> events = new ArrayList<>();
    private final Random random = new Random(5);
    private LinkLayer link = LinkLayer.ETHERNET;
    private EmbeddedChannel channel;

    private static VirtioNetBackend backend(VirtioNetHeader header, VirtioNetOffloads takes, VirtioNetOffloads gives) {
        return new VirtioNetBackend(EnumSet.of(header.length()), takes, gives, true);
    }

    private FrameFrontEnd open(FrameFrontEnd frontEnd, VirtioNetHeader header, VirtioNetOffloads takes,
                               VirtioNetOffloads gives) {
        frontEnd.over(link, header, backend(header, takes, gives));
        channel = new EmbeddedChannel(frontEnd, new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof FrameFrontEnd.Negotiated negotiated) {
                    events.add(negotiated);
                }
            }
        });
        return frontEnd;
    }

    private static FrameFrontEnd plain() {
        return new FrameFrontEnd(VnetHeaderLength.NONE, Set.of());
    }

    @AfterEach
    void close() {
        if (channel != null) {
            channel.finishAndReleaseAll();
        }
    }

    /** The handlers that change frames, in order from the device. */
    private List<String> handlers() {
        List<String> names = new ArrayList<>();
        for (Map.Entry<String, ChannelHandler> entry : channel.pipeline()) {
            if (entry.getValue() instanceof FrameHandler) {
                names.add(entry.getValue().getClass().getSimpleName());
            }
        }
        return names;
    }

    private PacketBuilder packet(int payload) {
        PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(random, payload);
        return link == LinkLayer.RAW_IP ? packet.rawIp() : packet;
    }

    private ByteBuf superFrame(VirtioNetHeader header, PacketBuilder packet) {
        ByteBuf message = packet.partial().build(header.bytes());
        header.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        header.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        header.setGsoSize(message, 0, SEGMENT);
        header.setHdrLen(message, 0, packet.payloadOffset());
        header.setCsumStart(message, 0, packet.transportOffset());
        header.setCsumOffset(message, 0, packet.checksumOffset());
        if (header.hasNumBuffers()) {
            header.setNumBuffers(message, 0, 1);
        }
        return message;
    }

    private void assertWhole(ByteBuf frame, int payload) {
        byte[] octets = ByteBufUtil.getBytes(frame);
        frame.release();
        PacketCheck check = link == LinkLayer.ETHERNET ? PacketCheck.of(octets) : PacketCheck.ofRawIp(octets);
        assertThat(check.verifyTransport().payloadOctets()).hasSize(payload);
    }

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
    void whenThePortChangesWhatIsHeldPassesOnInTheFormerForm() {
        FrameFrontEnd frontEnd = open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES, true), NONE,
            VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        // One frame waits in the coalescer, as its round has not ended, and most of a super-frame in the segmenter.
        channel.pipeline().fireChannelRead(packet(SEGMENT).build(0));
        assertThat(channel.<Object>readInbound()).isNull();
        GsoSegmenter segmenter = channel.pipeline().get(GsoSegmenter.class);
        PacketBuilder large = packet(1000 * 60);
        ByteBuf many = superFrame(LONG, large);
        LONG.setGsoSize(many, 0, 60);
        boolean[] written = new boolean[1];
        // Written with the context and not flushed, as methods of the embedded channel would run due tasks at once.
        channel.pipeline().lastContext().write(many).addListener(done -> written[0] = done.isSuccess());
        assertThat(segmenter.isBehind()).isTrue();

        channel.pipeline().fireUserEventTriggered(new DeviceEvent.BackendChanging());
        assertThat(handlers()).isEmpty();
        ByteBuf held = channel.readInbound();
        assertThat(held.readableBytes()).as("in the form of the application").isEqualTo(12 + 54 + SEGMENT);
        held.release();
        channel.flush();
        assertThat(written[0]).isTrue();
        int segments = 0;
        for (ByteBuf segment; (segment = channel.readOutbound()) != null; segments++) {
            assertWhole(segment, 60);
        }
        assertThat(segments).as("in the former form of the device, without a header").isEqualTo(1000);

        channel.pipeline().fireUserEventTriggered(new DeviceEvent.BackendChanged(LONG, backend(LONG, TCP, TCP)));
        assertThat(frontEnd.negotiation().backendLength()).isSameAs(VnetHeaderLength.MERGEABLE);
        assertThat(events).hasSize(2);
        assertThat(handlers()).as("coalescing was asked for").containsExactly("GroCoalescer");
        ByteBuf message = superFrame(LONG, packet(3000));
        channel.writeOutbound(message);
        assertThat(channel.<Object>readOutbound()).isSameAs(message);
        message.release();
    }

    /** A kernel that begins to refuse super-frames changes what the port accepts. */
    @Test
    void aPortThatTakesNoSuperFramesAnyMoreGetsSegments() {
        open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES), LONG, TCP, VirtioNetOffloads.NONE);
        assertThat(handlers()).isEmpty();
        VirtioNetOffloads csum = VirtioNetOffloads.of(VirtioNetOffload.CSUM);
        channel.pipeline().fireUserEventTriggered(new DeviceEvent.BackendChanging());
        channel.pipeline().fireUserEventTriggered(
            new DeviceEvent.BackendChanged(LONG, backend(LONG, csum, VirtioNetOffloads.NONE)));
        assertThat(handlers()).containsExactly("GsoSegmenter");
        channel.writeOutbound(superFrame(LONG, packet(2000)));
        for (int i = 0; i < 2; i++) {
            ByteBuf segment = channel.readOutbound();
            assertThat(LONG.gsoType(segment, segment.readerIndex())).isEqualTo(VirtioNetHeader.GSO_NONE);
            assertThat(LONG.flags(segment, segment.readerIndex())).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
            segment.release();
        }
    }

    @Test
    void anApplicationChangesItsWishes() {
        FrameFrontEnd frontEnd = open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, Set.of()), LONG,
            VirtioNetOffloads.NONE, TCP);
        assertThat(handlers()).containsExactly("GsoSegmenter", "ChecksumCompletion");
        Future<Void> changed = frontEnd.renegotiate(TCP_FEATURES);
        assertThat(changed.isDone()).as("not within whatever goes on now").isFalse();
        channel.runPendingTasks();
        assertThat(changed.isSuccess()).isTrue();
        assertThat(handlers()).containsExactly("ChecksumCompletion", "GsoSegmenter");
        assertThat(frontEnd.negotiation().toFrontEnd()).isEqualTo(TCP);
        assertThat(events).hasSize(2);
        ByteBuf whole = superFrame(LONG, packet(3000));
        channel.writeInbound(whole);
        assertThat(channel.<Object>readInbound()).isSameAs(whole);
        whole.release();

        frontEnd.renegotiate(TCP_FEATURES, TCP);
        channel.runPendingTasks();
        assertThat(handlers()).containsExactly("ChecksumCompletion", "GsoSegmenter", "GroCoalescer");
        frontEnd.renegotiate(Set.of(), VirtioNetOffloads.NONE);
        channel.runPendingTasks();
        assertThat(handlers()).containsExactly("GsoSegmenter", "ChecksumCompletion");
    }

    /** Frames that a handler holds are not disturbed by a change that changes nothing. */
    @Test
    void aWishThatAsksForTheSameHandlersLeavesThem() {
        FrameFrontEnd frontEnd = open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES, true), NONE,
            VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        GroCoalescer coalescer = channel.pipeline().get(GroCoalescer.class);
        channel.pipeline().fireChannelRead(packet(SEGMENT).build(0));
        frontEnd.renegotiate(TCP_FEATURES);
        channel.runPendingTasks();
        assertThat(channel.pipeline().get(GroCoalescer.class)).isSameAs(coalescer);
        assertThat(channel.<Object>readInbound()).isNull();
        assertThat(events).hasSize(1);
    }

    @Test
    void whenAWishChangesWhatIsHeldPassesOnInTheFormerForm() {
        FrameFrontEnd frontEnd = open(new FrameFrontEnd(VnetHeaderLength.MERGEABLE, TCP_FEATURES, true), NONE,
            VirtioNetOffloads.NONE, VirtioNetOffloads.NONE);
        channel.pipeline().fireChannelRead(packet(SEGMENT).build(0));
        ByteBuf many = superFrame(LONG, packet(1000 * 60));
        LONG.setGsoSize(many, 0, 60);
        channel.pipeline().lastContext().write(many);
        assertThat(frontEnd.isBehind()).isTrue();
        frontEnd.renegotiate(Set.of());
        channel.runPendingTasks();
        assertThat(frontEnd.isBehind()).isFalse();
        assertThat(handlers()).containsExactly("VirtioNetHeaderHandler");
        ByteBuf held = channel.readInbound();
        assertThat(held.readableBytes()).isEqualTo(12 + 54 + SEGMENT);
        held.release();
        channel.flush();
        int segments = 0;
        for (ByteBuf segment; (segment = channel.readOutbound()) != null; segments++) {
            assertWhole(segment, 60);
        }
        assertThat(segments).isEqualTo(1000);
    }

    @Test
    void aWishThatCannotBeIsRefused() {
        FrameFrontEnd frontEnd = plain();
        assertThat(frontEnd.renegotiate(Set.of()).cause()).hasMessageContaining("is in no pipeline yet");
        open(frontEnd, LONG, TCP, TCP);
        assertThatThrownBy(() -> frontEnd.renegotiate(Set.of(VirtioNetFeature.MRG_RXBUF)))
            .isInstanceOf(IllegalArgumentException.class);
        channel.pipeline().remove(frontEnd);
        Future<Void> late = frontEnd.renegotiate(Set.of());
        channel.runPendingTasks();
        assertThat(late.cause()).isInstanceOf(ClosedChannelException.class);
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

    @Test
    void takesItsHandlersAlongWhenItIsRemoved() {
        FrameFrontEnd frontEnd = open(plain(), LONG, VirtioNetOffloads.ALL, VirtioNetOffloads.ALL);
        channel.pipeline().remove(frontEnd);
        assertThat(handlers()).isEmpty();
        assertThat(channel.pipeline().get(VirtioNetHeaderHandler.class)).isNull();
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
