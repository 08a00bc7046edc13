/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.virtio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.testkit.ExhaustedAllocator;
import io.ringtap.testkit.PacketBuilder;
import io.ringtap.testkit.PacketCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GroCoalescerTest {
    private static final VirtioNetHeader HEADER = VirtioNetHeader.of(VnetHeaderLength.MERGEABLE);
    private static final int SIZE = 500;

    private final Random random = new Random(6);
    private final GroCoalescer coalescer = new GroCoalescer(VnetHeaderLength.MERGEABLE);
    private final EmbeddedChannel channel = new EmbeddedChannel(coalescer);

    private PacketBuilder tcp(int version, int i) {
        return PacketBuilder.tcp(version).sequence(1000 + (long) i * SIZE).id(50 + i).randomPayload(random, SIZE);
    }

    /** No segmenter makes TCP segments with fewer than 8 octets. */
    @Test
    void leavesTheSmallestSegmentsOfTcpAlone() {
        for (int size : new int[] {1, 7}) {
            List<ByteBuf> out = read(PacketBuilder.tcp(4).id(1).sequence(1000).randomPayload(random, size),
                PacketBuilder.tcp(4).id(2).sequence(1000 + size).randomPayload(random, size));
            assertThat(out).hasSize(2);
            release(out);
        }
        List<ByteBuf> out = read(PacketBuilder.tcp(4).id(1).sequence(1000).randomPayload(random, 8),
            PacketBuilder.tcp(4).id(2).sequence(1008).randomPayload(random, 1));
        assertThat(out).hasSize(1);
        release(out);
    }

    private PacketBuilder udp(int version, int i) {
        return PacketBuilder.udp(version).id(50 + i).randomPayload(random, SIZE);
    }

    /** Reads frames in one round, and returns the messages that come out. */
    private List<ByteBuf> read(ByteBuf... messages) {
        channel.writeInbound((Object[]) messages);
        return out();
    }

    private List<ByteBuf> read(PacketBuilder... packets) {
        return read(Arrays.stream(packets).map(packet -> packet.build(12)).toArray(ByteBuf[]::new));
    }

    private List<ByteBuf> out() {
        List<ByteBuf> out = new ArrayList<>();
        for (ByteBuf message = channel.readInbound(); message != null; message = channel.readInbound()) {
            out.add(message);
        }
        return out;
    }

    private static void release(List<ByteBuf> messages) {
        messages.forEach(ByteBuf::release);
    }

    private static void isSuperFrame(ByteBuf message, int gsoType, int frames, int version) {
        int l4 = version == 4 ? 34 : 54;
        boolean udp = gsoType == VirtioNetHeader.GSO_UDP_L4;
        assertThat(HEADER.flags(message, 0)).isEqualTo(VirtioNetHeader.NEEDS_CSUM);
        assertThat(HEADER.gsoType(message, 0)).isEqualTo(gsoType);
        assertThat(HEADER.gsoSize(message, 0)).isEqualTo(SIZE);
        assertThat(HEADER.csumStart(message, 0)).isEqualTo(l4);
        assertThat(HEADER.csumOffset(message, 0)).isEqualTo(udp ? 6 : 16);
        assertThat(HEADER.hdrLen(message, 0)).isEqualTo(l4 + (udp ? 8 : 20));
        assertThat(HEADER.numBuffers(message, 0)).isEqualTo(1);
        assertThat(message.readableBytes()).isEqualTo(12 + l4 + (udp ? 8 : 20) + frames * SIZE);
        assertThat(new VirtioNetHeaderValidator(HEADER, VirtioNetOffloads.ALL).validate(message))
            .isSameAs(VirtioNetVerdict.VALID);
        assertThat(PacketCheck.of(SuperFrame.frame(HEADER, message)).isPartial()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void coalescesTcp(int version) {
        List<ByteBuf> out = read(tcp(version, 0), tcp(version, 1), tcp(version, 2));
        assertThat(out).hasSize(1);
        isSuperFrame(out.get(0), version == 4 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6, 3, version);
        assertThat(coalescer.superFrames()).isEqualTo(1);
        assertThat(coalescer.coalescedFrames()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void coalescesUdp(int version) {
        List<ByteBuf> out = read(udp(version, 0), udp(version, 1));
        assertThat(out).hasSize(1);
        isSuperFrame(out.get(0), VirtioNetHeader.GSO_UDP_L4, 2, version);
    }

    @Test
    void takesPartialChecksumsAndTrimsPadding() {
        ByteBuf second = SuperFrame.partial(HEADER, tcp(4, 1).padding(4));
        List<ByteBuf> out = read(SuperFrame.partial(HEADER, tcp(4, 0)), second, tcp(4, 2).padding(9).build(12));
        assertThat(out).hasSize(1);
        isSuperFrame(out.get(0), VirtioNetHeader.GSO_TCPV4, 3, 4);
    }

    @Test
    void trustsDataValid() {
        byte[] wrong = tcp(4, 1).build();
        wrong[wrong.length - 1]++;
        ByteBuf second = Unpooled.buffer().writeZero(12).writeBytes(wrong);
        HEADER.setFlags(second, 0, VirtioNetHeader.DATA_VALID);
        List<ByteBuf> out = read(tcp(4, 0).build(12), second);
        assertThat(out).hasSize(1);
        release(out);
    }

    @Test
    void holdsFramesUntilTheReadIsComplete() {
        channel.writeOneInbound(tcp(4, 0).build(12));
        channel.writeOneInbound(tcp(4, 1).build(12));
        assertThat(out()).isEmpty();
        channel.flushInbound();
        List<ByteBuf> out = out();
        assertThat(out).hasSize(1);
        isSuperFrame(out.get(0), VirtioNetHeader.GSO_TCPV4, 2, 4);
    }

    @Test
    void aPushOrAShortSegmentEndsASuperFrameAtOnce() {
        channel.writeOneInbound(tcp(4, 0).build(12));
        channel.writeOneInbound(tcp(4, 1).flags(PacketBuilder.ACK | PacketBuilder.PSH).build(12));
        List<ByteBuf> out = out();
        assertThat(out).hasSize(1);
        assertThat(out.get(0).getByte(12 + 34 + 13)).isEqualTo((byte) (PacketBuilder.ACK | PacketBuilder.PSH));
        isSuperFrame(out.get(0), VirtioNetHeader.GSO_TCPV4, 2, 4);

        channel.writeOneInbound(udp(4, 0).build(12));
        channel.writeOneInbound(udp(4, 1).randomPayload(random, SIZE - 1).build(12));
        out = out();
        assertThat(out).hasSize(1);
        release(out);

        channel.writeOneInbound(tcp(4, 0).flags(PacketBuilder.ACK | PacketBuilder.PSH).build(12));
        out = out();
        assertThat(out).as("nothing can follow a push").hasSize(1);
        release(out);
    }

    @Test
    void passesALoneFrameUntouched() {
        ByteBuf message = tcp(4, 0).padding(6).build(12);
        assertThat(read(message)).containsExactly(message);
        assertThat(message.readableBytes()).isEqualTo(12 + 54 + SIZE + 6);
        assertThat(coalescer.superFrames()).isZero();
        message.release();
    }

    /** Frames that must not be joined with the frame before, each because of one difference. */
    @Test
    void doesNotJoinWhatDiffers() {
        List<UnaryOperator<PacketBuilder>> differences = List.of(
            p -> p.sequence(1000 + SIZE + 1), p -> p.sequence(999), p -> p.acknowledgement(78), p -> p.tos(4),
            p -> p.ttl(63), p -> p.fragment(0), p -> p.id(49), p -> p.id(52), p -> p.window(500),
            p -> p.flags(PacketBuilder.ACK | PacketBuilder.FIN), p -> p.flags(PacketBuilder.ACK | PacketBuilder.SYN),
            p -> p.flags(PacketBuilder.ACK | PacketBuilder.URG), p -> p.flags(PacketBuilder.ACK | PacketBuilder.ECE),
            p -> p.flags(PacketBuilder.ACK | PacketBuilder.CWR), p -> p.flags(PacketBuilder.ACK | 0x100),
            p -> p.flags(PacketBuilder.PSH), p -> p.payload(), p -> p.randomPayload(random, SIZE + 1),
            p -> p.tcpOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1), p -> p.ipOptions(new byte[4]),
            p -> p.host(2), p -> p.ports(4001, 80), p -> p.ports(4000, 81), p -> p.tag(0x8100, 3));
        for (int i = 0; i < differences.size(); i++) {
            ByteBuf first = tcp(4, 0).build(12);
            ByteBuf second = differences.get(i).apply(tcp(4, 1)).build(12);
            List<ByteBuf> out = read(first, second);
            assertThat(out).as("difference %d", i).hasSize(2).containsExactlyInAnyOrder(first, second);
            release(out);
        }
        List<UnaryOperator<PacketBuilder>> six = List.of(p -> p.tos(8), p -> p.ttl(1),
            p -> p.extension(60, new byte[7]));
        for (UnaryOperator<PacketBuilder> difference : six) {
            List<ByteBuf> out = read(tcp(6, 0), difference.apply(tcp(6, 1)));
            assertThat(out).hasSize(2);
            release(out);
        }
    }

    @Test
    void doesNotJoinWrongChecksums() {
        for (int octet : new int[] {24, 50, 60}) {
            for (boolean first : new boolean[] {true, false}) {
                byte[] wrong = tcp(4, first ? 0 : 1).build();
                wrong[octet] ^= 0x10;
                ByteBuf bad = Unpooled.buffer().writeZero(12).writeBytes(wrong);
                ByteBuf good = tcp(4, first ? 1 : 0).build(12);
                List<ByteBuf> out = first ? read(bad, good) : read(good, bad);
                assertThat(out).containsExactly(first ? bad : good, first ? good : bad);
                release(out);
            }
        }
        byte[] unchecked = udp(4, 1).build();
        unchecked[40] = 0;
        unchecked[41] = 0;
        List<ByteBuf> out = read(udp(4, 0).build(12), Unpooled.buffer().writeZero(12).writeBytes(unchecked));
        assertThat(out).hasSize(2);
        release(out);
    }

    @Test
    void identificationCountsUpOrStaysWithDontFragment() {
        List<ByteBuf> out = read(tcp(4, 0).id(7), tcp(4, 1).id(7), tcp(4, 2).id(7), tcp(4, 3).id(8));
        assertThat(out).as("fixed, then one more").hasSize(2);
        release(out);
        out = read(tcp(4, 0).id(7).fragment(0), tcp(4, 1).id(7).fragment(0));
        assertThat(out).as("without DF it has to count").hasSize(2);
        release(out);
        out = read(tcp(4, 0).id(0xffff).fragment(0), tcp(4, 1).id(0).fragment(0));
        assertThat(out).hasSize(1);
        release(out);
    }

    @Test
    void keepsTheOrderOfAFlowAndDoesNotHoldOthersUp() {
        ByteBuf arp = tcp(4, 9).build(12);
        arp.setShort(12 + 12, 0x0806);
        ByteBuf fin = tcp(4, 2).flags(PacketBuilder.ACK | PacketBuilder.FIN).build(12);
        List<ByteBuf> out = read(tcp(4, 0).build(12), arp, udp(4, 0).build(12), tcp(4, 1).build(12), fin);
        assertThat(out).hasSize(4);
        assertThat(out.get(0)).as("no order between flows").isSameAs(arp);
        assertThat(out.get(1).readableBytes()).isEqualTo(12 + 54 + 2 * SIZE);
        assertThat(out.get(2)).isSameAs(fin);
        release(out);

        ByteBuf fragment = udp(4, 1).fragment(0x0010).build(12);
        out = read(tcp(4, 0).build(12), fragment);
        assertThat(out.get(1)).as("a fragment may be of any flow").isSameAs(fragment);
        release(out);
        ByteBuf superFrame = SuperFrame.of(HEADER, tcp(4, 1).payload(new byte[99]), 1, 50);
        out = read(tcp(4, 0).build(12), superFrame);
        assertThat(out.get(1)).isSameAs(superFrame);
        release(out);
    }

    @Test
    void isBoundedInSize() {
        ByteBuf[] messages = new ByteBuf[140];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = tcp(6, i).build(12);
        }
        List<ByteBuf> out = read(messages);
        assertThat(out).hasSize(2);
        assertThat(out.get(0).readableBytes() - 12 - 14).isLessThanOrEqualTo(65535).isGreaterThan(65535 - SIZE);
        release(out);
        for (int i = 0; i < messages.length; i++) {
            messages[i] = PacketBuilder.udp(4).id(i).payload((byte) i).build(12);
        }
        out = read(messages);
        assertThat(out).as("128 datagrams, and the rest").hasSize(2);
        assertThat(out.get(0).readableBytes()).isEqualTo(12 + 42 + 128);
        release(out);
    }

    @Test
    void isBoundedInFlowsAndFrames() {
        GroCoalescer small = new GroCoalescer(HEADER, VirtioNetOffloads.ALL, 2, 4);
        EmbeddedChannel bounded = new EmbeddedChannel(small);
        for (int flow = 0; flow < 3; flow++) {
            bounded.writeOneInbound(tcp(4, 0).ports(flow, 1).build(12));
            assertThat(bounded.inboundMessages()).hasSize(flow < 2 ? 0 : 1);
        }
        bounded.writeOneInbound(tcp(4, 1).ports(2, 1).build(12));
        assertThat(bounded.inboundMessages()).hasSize(1);
        bounded.writeOneInbound(tcp(4, 2).ports(2, 1).build(12));
        assertThat(bounded.inboundMessages()).as("four waited").hasSize(3);
        bounded.finishAndReleaseAll();
        assertThatThrownBy(() -> new GroCoalescer(HEADER, VirtioNetOffloads.ALL, 0, 4))
            .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void coalescesOnlyWhatIsTaken() {
        EmbeddedChannel tcpOnly = new EmbeddedChannel(new GroCoalescer(HEADER,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4), 4, 64));
        List<Supplier<PacketBuilder[]>> pairs = List.of(
            () -> new PacketBuilder[] {tcp(4, 0), tcp(4, 1)}, () -> new PacketBuilder[] {tcp(6, 0), tcp(6, 1)},
            () -> new PacketBuilder[] {udp(4, 0), udp(4, 1)}, () -> new PacketBuilder[] {udp(6, 0), udp(6, 1)});
        for (int i = 0; i < pairs.size(); i++) {
            PacketBuilder[] pair = pairs.get(i).get();
            tcpOnly.writeInbound(pair[0].build(12), pair[1].build(12));
            assertThat(tcpOnly.inboundMessages()).hasSize(i == 0 ? 1 : 2);
            tcpOnly.releaseInbound();
        }
    }

    @Test
    void whatWaitsIsSentOnWhenTheHandlerOrTheChannelGoes() {
        channel.writeOneInbound(tcp(4, 0).build(12));
        channel.pipeline().remove(coalescer);
        List<ByteBuf> out = out();
        assertThat(out).hasSize(1);
        release(out);

        EmbeddedChannel closing = new EmbeddedChannel(new GroCoalescer(VnetHeaderLength.MERGEABLE));
        closing.writeOneInbound(tcp(4, 0).build(12));
        closing.close();
        assertThat(closing.inboundMessages()).hasSize(1);
        closing.releaseInbound();
    }

    @Test
    void withoutMemoryTheFirstFrameIsKeptAndWhatFollowsReleased() {
        ByteBufAllocator allocator = channel.config().getAllocator();
        channel.config().setAllocator(new ExhaustedAllocator());
        ByteBuf first = tcp(4, 0).build(12);
        ByteBuf second = tcp(4, 1).build(12);
        channel.writeOneInbound(first);
        assertThat(channel.writeOneInbound(second).cause()).isInstanceOf(OutOfMemoryError.class);
        assertThat(second.refCnt()).isZero();

        channel.config().setAllocator(allocator);
        List<ByteBuf> out = read(tcp(4, 1), tcp(4, 2));
        assertThat(out).hasSize(1);
        isSuperFrame(out.get(0), VirtioNetHeader.GSO_TCPV4, 3, 4);
        assertThat(first.refCnt()).isZero();
    }

    @Test
    void passesMessagesWithoutAFrame() {
        ByteBuf tiny = Unpooled.buffer().writeZero(5);
        assertThat(read(tiny)).containsExactly(tiny);
        tiny.release();
        ByteBuf outbound = tcp(4, 0).build(12);
        channel.writeOutbound(outbound);
        assertThat(channel.<Object>readOutbound()).isSameAs(outbound);
        outbound.release();
    }

    @Test
    void holdsNothingOfABatchInWhichItIsRemoved() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (ctx.pipeline().context(coalescer) != null) {
                    ctx.pipeline().remove(coalescer);
                }
                ctx.fireChannelRead(message);
            }
        });
        ByteBuf other = Unpooled.buffer().writeZero(12 + 60);
        ByteBuf segment = tcp(4, 0).build(12);
        channel.writeInbound(FrameBatch.newInstance().add(other).add(segment));
        assertThat(channel.<ByteBuf>readInbound()).isSameAs(other);
        FrameBatch rest = channel.readInbound();
        assertThat(rest.poll()).isSameAs(segment);
        rest.release();
        other.release();
        segment.release();
    }
}
