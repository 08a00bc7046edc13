/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.ringtap.internal.unix.Errno;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetHeader;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** The fallback for a kernel that refuses super-frames, simulated, as the kernel of the tests accepts them. */
@ParameterizedClass(name = "{0}")
@EnumSource(LinkLayer.class)
class GsoFallbackTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int SEGMENT = 1000;

    private int told;
    private final List<byte[]> taken = new ArrayList<>();
    private final LinkLayer link;
    private final GsoFallback fallback;
    private final PacketBuilder packet = PacketBuilder.tcp(4).randomPayload(new Random(4), 4 * SEGMENT + 1);
    private final ByteBuf superFrame;
    private boolean refuses = true;
    private int room = Integer.MAX_VALUE;
    private int superFramesOffered;

    GsoFallbackTest(LinkLayer link) {
        this.link = link;
        fallback = new GsoFallback(link, HEADER, this::kernel, () -> told++);
        if (link == LinkLayer.RAW_IP) {
            packet.rawIp();
        }
        superFrame = superFrame();
    }

    private ByteBuf superFrame() {
        ByteBuf message = packet.partial().build(HEADER.bytes());
        HEADER.setFlags(message, 0, VirtioNetHeader.NEEDS_CSUM);
        HEADER.setGsoType(message, 0, VirtioNetHeader.GSO_TCPV4);
        HEADER.setGsoSize(message, 0, SEGMENT);
        HEADER.setHdrLen(message, 0, packet.payloadOffset());
        HEADER.setCsumStart(message, 0, packet.transportOffset());
        HEADER.setCsumOffset(message, 0, packet.checksumOffset());
        return message;
    }

    @AfterEach
    void release() {
        fallback.release();
        superFrame.release();
    }

    private long kernel(ByteBuf frame) {
        if (HEADER.gsoType(frame, frame.readerIndex()) != VirtioNetHeader.GSO_NONE) {
            superFramesOffered++;
            if (refuses) {
                return -Errno.EINVAL.number();
            }
        }
        if (taken.size() == room) {
            return -Errno.EAGAIN.number();
        }
        taken.add(ByteBufUtil.getBytes(frame));
        return frame.readableBytes();
    }

    private void assertTakenInSegments() {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (byte[] message : taken) {
            assertThat(message).startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            byte[] frame = Arrays.copyOfRange(message, HEADER.bytes(), message.length);
            PacketCheck check = link == LinkLayer.ETHERNET ? PacketCheck.of(frame) : PacketCheck.ofRawIp(frame);
            stream.writeBytes(check.verifyTransport().payloadOctets());
        }
        assertThat(taken).hasSize(5);
        byte[] payload = new byte[4 * SEGMENT + 1];
        superFrame.getBytes(HEADER.bytes() + packet.payloadOffset(), payload);
        assertThat(stream.toByteArray()).isEqualTo(payload);
    }

    @Test
    void aKernelThatTakesSuperFramesGetsThem() {
        refuses = false;
        assertThat(fallback.isWrittenAsIs(superFrame)).isTrue();
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertThat(taken).containsExactly(ByteBufUtil.getBytes(superFrame));
        assertThat(told).isZero();
    }

    /** If a frame of a guest is refused, that proves nothing about the kernel. */
    @Test
    void oneThatRefusesALegalOneGetsThatInSegmentsAndIsOfferedTheNext() {
        for (int i = 1; i < GsoFallback.REFUSALS; i++) {
            taken.clear();
            assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
            assertTakenInSegments();
            assertThat(fallback.isWrittenAsIs(superFrame)).isTrue();
            assertThat(superFramesOffered).isEqualTo(i);
        }
        refuses = false;
        fallback.write(superFrame);
        refuses = true;
        for (int i = 1; i < GsoFallback.REFUSALS; i++) {
            fallback.write(superFrame);
        }
        assertThat(told).as("never so many in a row").isZero();
        assertThat(fallback.isWrittenAsIs(superFrame)).isTrue();
    }

    @Test
    void oneThatRefusesSeveralInARowGetsSegmentsUntilItTakesOneAgain() {
        refuseAll();
        assertThat(told).isOne();
        assertThat(fallback.isWrittenAsIs(superFrame)).isFalse();
        for (int i = 1; i < GsoFallback.RETRY; i++) {
            taken.clear();
            assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
            assertTakenInSegments();
            fallback.endOfFlush();
        }
        assertThat(superFramesOffered).isEqualTo(GsoFallback.REFUSALS);
        taken.clear();
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertTakenInSegments();
        assertThat(superFramesOffered).as("one is offered again").isEqualTo(GsoFallback.REFUSALS + 1);
        assertThat(fallback.isWrittenAsIs(superFrame)).isFalse();

        refuses = false;
        for (int i = 0; i < GsoFallback.RETRY; i++) {
            fallback.endOfFlush();
            fallback.write(superFrame);
        }
        assertThat(fallback.isWrittenAsIs(superFrame)).as("it takes them").isTrue();
        taken.clear();
        fallback.write(superFrame);
        assertThat(taken).containsExactly(ByteBufUtil.getBytes(superFrame));
        assertThat(told).isOne();
    }

    private void refuseAll() {
        for (int i = 0; i < GsoFallback.REFUSALS; i++) {
            fallback.write(superFrame);
        }
        taken.clear();
    }

    @Test
    void aFrameWithoutSegmentsIsWrittenAsItIs() {
        refuseAll();
        HEADER.clear(superFrame, 0);
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertThat(taken).containsExactly(ByteBufUtil.getBytes(superFrame));
    }

    @Test
    void whatIsNotLegalIsRefusedAndChangesNothing() {
        HEADER.setGsoSize(superFrame, 0, 0);
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EINVAL.number());
        HEADER.setGsoSize(superFrame, 0, SEGMENT);
        HEADER.setHdrLen(superFrame, 0, link == LinkLayer.ETHERNET ? 13 : superFrame.readableBytes());
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EINVAL.number());
        assertThat(told).isZero();

        HEADER.setHdrLen(superFrame, 0, 0);
        refuseAll();
        assertThat(told).isOne();
        HEADER.setCsumStart(superFrame, 0, 13);
        taken.clear();
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EINVAL.number());
        assertThat(taken).isEmpty();
    }

    @Test
    void aKernelWithoutRoomGetsEverySegmentOnce() {
        for (room = 0; room < 5; room++) {
            assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EAGAIN.number());
            assertThat(taken).hasSize(room);
        }
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertTakenInSegments();
    }

    /** One super-frame can need 8192 system calls, and the event loop has to serve other channels. */
    @Test
    void aFlushMakesAFewHundredSegmentsAtMost() {
        HEADER.setGsoSize(superFrame, 0, 8);
        int segments = (4 * SEGMENT + 1 + 7) / 8;
        assertThat(segments).isLessThan(GsoFallback.ROUND);
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EAGAIN.number());
        assertThat(taken).hasSize(GsoFallback.ROUND);
        assertThat(fallback.isWrittenAsIs(superFrame)).as("while some of it is written").isFalse();
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EAGAIN.number());
        assertThat(taken).hasSize(GsoFallback.ROUND);
        fallback.endOfFlush();
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertThat(taken).hasSize(2 * segments);
    }

    @Test
    void whatIsLeftOfAFrameThatIsNotOfferedAgainIsForgotten() {
        room = 2;
        assertThat(fallback.write(superFrame)).isEqualTo(-Errno.EAGAIN.number());
        ByteBuf other = superFrame.copy();
        taken.clear();
        room = Integer.MAX_VALUE;
        assertThat(fallback.write(other)).isEqualTo(other.readableBytes());
        assertTakenInSegments();
        other.release();
    }

    /** Later frames may have been sent already, so that it cannot wait for the next flush. */
    @Test
    void aFrameThatAnotherHasWrittenInVainIsWrittenWholeWhateverTheFlushHasMade() {
        int segments = 5;
        for (int i = 0; i < GsoFallback.ROUND / segments + 1; i++) {
            taken.clear();
            assertThat(fallback.writeFailed(superFrame, -Errno.EINVAL.number())).isEqualTo(superFrame.readableBytes());
            assertTakenInSegments();
        }
        assertThat(fallback.write(superFrame)).as("it counts").isEqualTo(-Errno.EAGAIN.number());
    }

    @Test
    void aFrameOfManySegmentsIsNotLeftToOthers() {
        HEADER.setGsoSize(superFrame, 0, superFrame.readableBytes() / GsoFallback.MOST_AS_IS);
        assertThat(fallback.isWrittenAsIs(superFrame)).isFalse();
        HEADER.setGsoSize(superFrame, 0, superFrame.readableBytes() / GsoFallback.MOST_AS_IS + 1);
        assertThat(fallback.isWrittenAsIs(superFrame)).isTrue();
    }

    @Test
    void aFrameInTheBufferOfOneThatWasGivenUpIsWrittenFromItsStart() {
        room = 2;
        assertThat(fallback.writeFailed(superFrame, -Errno.EINVAL.number())).isEqualTo(-Errno.EAGAIN.number());
        fallback.release();
        taken.clear();
        room = Integer.MAX_VALUE;
        assertThat(fallback.isWrittenAsIs(superFrame)).isTrue();
        assertThat(fallback.write(superFrame)).isEqualTo(superFrame.readableBytes());
        assertTakenInSegments();
    }
}
