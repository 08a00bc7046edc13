/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.testsuite.LoopTurns;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.remote.FreeBsdInterface;
import io.ringtap.testsuite.remote.FreeBsdMachine;
import io.ringtap.testsuite.remote.FreeBsdSocket;
import io.ringtap.testsuite.remote.FreeBsdStacks;
import io.ringtap.testsuite.remote.RequiresFreeBsd;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.Closeable;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The network stack of a FreeBSD kernel is who checks the frames: it pings a channel that answers, and two stacks, the
 * second in a jail, talk through two taps with a bridge between them.
 */
@RequiresFreeBsd
class FreeBsdStackTest {
    private static final AtomicInteger UNITS = new AtomicInteger(2000);
    private static final int ICMP = 1;
    private static final int MTU = 1500;

    private static FreeBsdMachine machine;

    private final Deque<Closeable> opened = new ArrayDeque<>();
    private EventLoopGroup group;
    private TapChannel left;
    private TapChannel right;
    private final AtomicInteger longest = new AtomicInteger();

    @BeforeAll
    static void use(FreeBsdMachine inUse) {
        machine = inUse;
    }

    private <T extends Closeable> T closing(T resource) {
        opened.push(resource);
        return resource;
    }

    @AfterEach
    void close() throws Exception {
        for (TapChannel tap : new TapChannel[] {left, right}) {
            if (tap != null && tap.isRegistered()) {
                tap.close().await(10, TimeUnit.SECONDS);
            }
        }
        if (group != null) {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private TapChannel open(FreeBsdInterface device, VnetHeaderLength header, ChannelHandler handler)
        throws Exception {
        TapChannel tap = new TapChannel();
        if (header != VnetHeaderLength.NONE) {
            tap.config().setOption(FrameChannelOption.VNET_HEADER, header);
            tap.config().setOption(FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.CSUM,
                VirtioNetOffload.TSO4, VirtioNetOffload.TSO6));
        }
        tap.config().setOption(TapChannelOption.UP, true);
        tap.pipeline().addLast(handler);
        group.register(tap).sync();
        tap.bind(new TapAddress(device.name())).sync();
        return tap;
    }

    static Stream<TestLoop> loops() {
        return TestLoops.available();
    }

    /** Answers to ARP and to pings, as a host of any address. */
    private static final class Pinged extends ChannelInboundHandlerAdapter {
        private static final byte[] MAC = {2, 0, 0, 0, 0, 2};

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            int type = frame.readableBytes() < 42 ? 0 : frame.getUnsignedShort(12);
            if (type == 0x0806 && frame.getUnsignedShort(20) == 1) {
                byte[] asked = new byte[4];
                frame.getBytes(38, asked);
                frame.setShort(20, 2);
                frame.setBytes(32, frame, 22, 10);
                frame.setBytes(22, MAC).setBytes(28, asked);
            } else if (type == 0x0800 && frame.getByte(23) == ICMP && frame.getByte(34) == 8) {
                int source = frame.getInt(26);
                frame.setInt(26, frame.getInt(30)).setInt(30, source);
                frame.setByte(34, 0);
                int checksum = frame.getUnsignedShort(36) + 0x0800;
                frame.setShort(36, (checksum & 0xffff) + (checksum >> 16));
            } else {
                frame.release();
                return;
            }
            frame.setBytes(0, frame, 6, 6).setBytes(6, MAC);
            ctx.write(frame);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }
    }

    @ParameterizedTest
    @MethodSource("loops")
    void theKernelPingsAChannel(TestLoop loop) throws Exception {
        group = LoopTurns.newGroup(1, loop.factory());
        FreeBsdInterface device = closing(FreeBsdInterface.create(machine, "tap", UNITS));
        left = open(device, VnetHeaderLength.NONE, new Pinged());
        device.addAddress(InetAddress.getByName("10.98.0.1"), 24, null);
        try (FreeBsdSocket ping = FreeBsdSocket.raw(machine, InetAddress.getByName("10.98.0.2"), ICMP)) {
            ping.setPatience(20);
            for (int sequence = 1; sequence <= 20; sequence++) {
                ping.write(echoRequest(sequence, 20 * sequence));
                byte[] answer = ping.read(2000);
                assertThat(answer).as("answer %d", sequence).isNotNull().hasSize(20 + 8 + 20 * sequence);
                assertThat(answer[20]).as("echo reply").isZero();
                assertThat(ByteBuffer.wrap(answer).getShort(26)).isEqualTo((short) sequence);
            }
        }
        assertThat(left.stats().txFrames()).as("answers to 20 pings and to ARP").isGreaterThanOrEqualTo(21);
        assertThat(left.stats().txDrops()).isZero();
    }

    private static byte[] echoRequest(int sequence, int length) {
        byte[] payload = new byte[length];
        new Random(sequence).nextBytes(payload);
        ByteBuffer packet = ByteBuffer.allocate(8 + length);
        packet.put(0, (byte) 8).putShort(4, (short) 7).putShort(6, (short) sequence).put(8, payload);
        int sum = 0;
        for (int i = 0; i < packet.capacity(); i += 2) {
            sum += packet.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >> 16);
        packet.putShort(2, (short) ~(sum + (sum >> 16)));
        return packet.array();
    }

    /** Hands each frame to the other tap, untouched. */
    @Sharable
    private final class Cross extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            longest.accumulateAndGet(((ByteBuf) message).readableBytes(), Math::max);
            TapChannel other = ctx.channel() == left ? right : left;
            if (other == null) {
                ((ByteBuf) message).release();
            } else {
                other.write(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            TapChannel other = ctx.channel() == left ? right : left;
            if (other != null) {
                other.flush();
            }
        }
    }

    static Stream<Arguments> stacks() {
        return TestLoops.available().flatMap(loop -> Stream.of(VnetHeaderLength.NONE, VnetHeaderLength.LEGACY,
            VnetHeaderLength.MERGEABLE).flatMap(header -> Stream.of(false, true)
                .map(ipv6 -> Arguments.of(loop, header, ipv6))));
    }

    @ParameterizedTest(name = "{0}, {1}, IPv6: {2}")
    @MethodSource("stacks")
    void twoStacksTalkThroughTwoTaps(TestLoop loop, VnetHeaderLength header, boolean ipv6) throws Exception {
        group = LoopTurns.newGroup(1, loop.factory());
        FreeBsdStacks stacks = closing(FreeBsdStacks.create(machine, UNITS));
        Cross cross = new Cross();
        left = open(stacks.near(), header, cross);
        right = open(stacks.far(), header, cross);
        stacks.address(ipv6);
        // While it moved, an interface was down.
        List<Long> dropsBefore = drops();
        stacks.transfer(1 << 19);
        if (header == VnetHeaderLength.NONE) {
            assertThat(longest.get()).as("the longest frame").isBetween(1000, MTU + 14);
        } else {
            assertThat(longest.get()).as("the longest super-frame").isGreaterThan(2 * MTU);
        }
        assertThat(drops()).as("dropped frames").isEqualTo(dropsBefore);
    }

    private List<Long> drops() {
        return List.of(left.stats().rxDrops(), left.stats().txDrops(), right.stats().rxDrops(),
            right.stats().txDrops());
    }
}
