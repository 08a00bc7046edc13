/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.virtio.GroCoalescer;
import io.ringtap.virtio.GsoSegmenter;
import io.ringtap.virtio.VirtioNetFeature;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VirtioNetHeaderHandler;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a front end does when its port or its application wants something else than before. */
class FrontEndChangesTest extends FrontEndWithoutDevice {
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
    void takesItsHandlersAlongWhenItIsRemoved() {
        FrameFrontEnd frontEnd = open(plain(), LONG, VirtioNetOffloads.ALL, VirtioNetOffloads.ALL);
        channel.pipeline().remove(frontEnd);
        assertThat(handlers()).isEmpty();
        assertThat(channel.pipeline().get(VirtioNetHeaderHandler.class)).isNull();
    }
}
