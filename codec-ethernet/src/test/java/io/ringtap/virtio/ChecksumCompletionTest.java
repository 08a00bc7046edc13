/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameDirection;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import io.ringtap.testkit.ReferenceChecksum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteOrder;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class ChecksumCompletionTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.LEGACY);

    private final ChecksumCompletion inbound = new ChecksumCompletion(VnetHeaderLength.LEGACY, FrameDirection.INBOUND);
    private final Random random = new Random(3);

    private static PacketBuilder packet(String protocol, int version) {
        return protocol.equals("tcp") ? PacketBuilder.tcp(version) : PacketBuilder.udp(version);
    }

    @ParameterizedTest
    @CsvSource({"tcp,4", "tcp,6", "udp,4", "udp,6"})
    void completesChecksums(String protocol, int version) {
        EmbeddedChannel channel = new EmbeddedChannel(inbound);
        for (int length : new int[] {0, 1, 2, 17, 63, 64, 65, 200, 1459, 1460}) {
            for (int padding : new int[] {0, 1, 6}) {
                PacketBuilder packet = packet(protocol, version).randomPayload(random, length).padding(padding);
                byte[] partial = packet.partial().build();
                ByteBuf message = SuperFrame.partial(HEADER, packet);
                channel.writeInbound(length % 2 == 0 ? message : SuperFrame.scattered(message, random));
                ByteBuf completed = channel.readInbound();
                assertThat(HEADER.flags(completed, completed.readerIndex())).isZero();
                byte[] frame = SuperFrame.frame(HEADER, completed);
                PacketCheck check = PacketCheck.of(frame).verifyTransport();
                assertThat(frame).hasSameSizeAs(partial);
                int field = check.transport + packet.checksumOffset();
                partial[field] = frame[field];
                partial[field + 1] = frame[field + 1];
                assertThat(frame).as("only the field changes").isEqualTo(partial);
            }
        }
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void doesNotWriteToTheFrame() {
        EmbeddedChannel channel = new EmbeddedChannel(inbound);
        ByteBuf message = SuperFrame.partial(HEADER, PacketBuilder.tcp(4).randomPayload(random, 1000));
        ByteBuf before = message.copy();
        channel.writeInbound(message.retainedDuplicate());
        channel.writeInbound(message.retainedDuplicate());
        ByteBuf first = channel.readInbound();
        ByteBuf second = channel.readInbound();
        assertThat(message).isEqualTo(before);
        assertThat(first).isEqualTo(second).isNotEqualTo(before);
        first.release();
        second.release();
        before.release();
        channel.finishAndReleaseAll();
        assertThat(message.refCnt()).isEqualTo(1);
        message.release();
    }

    @Test
    void passesWhatNeedsNothing() {
        EmbeddedChannel channel = new EmbeddedChannel(inbound);
        ByteBuf plain = PacketBuilder.udp(6).build(HEADER.bytes());
        HEADER.setFlags(plain, 0, VirtioNetHeader.DATA_VALID);
        ByteBuf superFrame = SuperFrame.of(HEADER, PacketBuilder.tcp(4).payload(new byte[99]), 1, 50);
        channel.writeInbound(plain, superFrame);
        assertThat(channel.<Object>readInbound()).isSameAs(plain);
        assertThat(channel.<Object>readInbound()).isSameAs(superFrame);
        ByteBuf outbound = SuperFrame.partial(HEADER, PacketBuilder.tcp(4));
        channel.writeOutbound(outbound);
        assertThat(channel.<Object>readOutbound()).as("the other direction").isSameAs(outbound);
        plain.release();
        superFrame.release();
        outbound.release();
        channel.writeInbound("no frame");
        assertThat(channel.<Object>readInbound()).isEqualTo("no frame");
    }

    @Test
    void dropsAndCountsWhatCannotBeCompleted() {
        EmbeddedChannel channel = new EmbeddedChannel(inbound);
        ByteBuf message = SuperFrame.partial(HEADER, PacketBuilder.tcp(4));
        HEADER.setCsumStart(message, 0, 50);
        assertThat(channel.writeInbound(message)).isFalse();
        assertThat(inbound.validator().count(VirtioNetVerdict.CSUM_OUT_OF_FRAME)).isEqualTo(1);

        ChecksumCompletion outbound = new ChecksumCompletion(VnetHeaderLength.LEGACY, FrameDirection.OUTBOUND);
        EmbeddedChannel writing = new EmbeddedChannel(outbound);
        ChannelFuture written = writing.writeAndFlush(Unpooled.buffer().writeZero(9));
        assertThat(written.cause()).hasMessageContaining("shorter than the virtio-net header");
        assertThat(outbound.validator().rejected()).isEqualTo(1);
    }

    /**
     * TCP after a source route of RFC 6554 with compressed addresses, on the way to 2001:db8::2. csum_start and
     * csum_offset are sufficient, whatever the extension headers are.
     */
    @Test
    void completesWhatItCannotSegment() {
        byte[] message = ByteBufUtil.decodeHexDump(
            "0100000000004e001000010002000000000102000000000286dd6000000000402b402001"
            + "0db800000000000000000000000120010db8000000000000000000000003060203010000"
            + "000020010db800000000000000000000000203e807d00000000100000001501003e85ba3"
            + "0000");
        VirtioNetHeader header = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE, ByteOrder.LITTLE_ENDIAN);
        for (int type : new int[] {3, 1, 253}) {
            ByteBuf route = Unpooled.buffer().writeBytes(message);
            route.setByte(12 + 54 + 2, type);
            byte[] frame = completed(header, route);
            assertThat(ReferenceChecksum.add(pseudo(frame), ReferenceChecksum.sum(frame, 78, 40)))
                .as("route of type %s", type).isEqualTo(0xffff);
        }
    }

    private static byte[] completed(VirtioNetHeader header, ByteBuf message) {
        for (int i = 0; i < 20; i++) {
            message.writeByte(7 * i);
        }
        ChecksumCompletion completion = new ChecksumCompletion(header, FrameDirection.INBOUND);
        EmbeddedChannel channel = new EmbeddedChannel(completion);
        channel.writeInbound(message);
        assertThat(completion.validator().count(VirtioNetVerdict.VALID)).isEqualTo(1);
        byte[] frame = SuperFrame.frame(header, channel.readInbound());
        channel.finishAndReleaseAll();
        return frame;
    }

    /** From 2001:db8::1 to 2001:db8::2, 40 octets of TCP. */
    private static int pseudo(byte[] frame) {
        return ReferenceChecksum.add(ReferenceChecksum.add(ReferenceChecksum.sum(frame, 22, 16),
            ReferenceChecksum.sum(frame, 62, 16)), 40 + 6);
    }

    @Test
    void completesAnAtomicFragment() {
        byte[] payload = new byte[99];
        random.nextBytes(payload);
        PacketBuilder packet = PacketBuilder.udp(6).extension(44, new byte[7]).payload(payload);
        byte[] whole = PacketBuilder.udp(6).extension(44, new byte[7]).payload(payload).build();
        EmbeddedChannel channel = new EmbeddedChannel(inbound);
        channel.writeInbound(SuperFrame.partial(HEADER, packet));
        assertThat(SuperFrame.frame(HEADER, channel.readInbound())).isEqualTo(whole);
        channel.finishAndReleaseAll();
    }

    @Test
    void completesInPlace() {
        PacketBuilder packet = PacketBuilder.udp(4).randomPayload(random, 77).padding(3);
        ByteBuf buf = packet.partial().build(5);
        ChecksumCompletion.complete(buf, 5, buf.writerIndex() - 5 - 3, 34, 6);
        byte[] frame = new byte[buf.readableBytes() - 5];
        buf.getBytes(5, frame);
        PacketCheck.of(frame).verifyTransport();
        buf.release();
    }

    @Test
    void aZeroUdpChecksumIsSentAsOnes() {
        assertThat(ChecksumCompletion.field(0xffff, 6)).isEqualTo(0xffff);
        assertThat(ChecksumCompletion.field(0xffff, 16)).isZero();
        assertThat(ChecksumCompletion.field(0x1234, 6)).isEqualTo(0xedcb);
    }
}
