/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FrameFrontEnd;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.system.PacketSocket;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Two hosts in their own namespaces, joined by two taps. The network stack of the kernel checks the frames. */
class TapKernelStackTest extends RealTapTest {
    private static final int MTU = 9000;

    private TestNamespace left;
    private TestNamespace right;
    private TapChannel leftTap;
    private TapChannel rightTap;

    /** The longest message that an application has received. */
    private final AtomicInteger longest = new AtomicInteger();

    /** Writes each frame to the other tap, unchanged. */
    @Sharable
    private final class Cross extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            longest.accumulateAndGet(((ByteBuf) msg).readableBytes(), Math::max);
            TapChannel other = ctx.channel() == leftTap ? rightTap : leftTap;
            if (other == null) {
                ((ByteBuf) msg).release();
            } else {
                other.write(msg);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            TapChannel other = ctx.channel() == leftTap ? rightTap : leftTap;
            if (other != null) {
                other.flush();
            }
        }
    }

    @BeforeEach
    void hosts() throws Exception {
        left = closing(TestNamespace.create(true));
        right = closing(TestNamespace.create(true));
    }

    private void join(Map<ChannelOption<?>, Object> options) throws Exception {
        join(options, new Cross());
    }

    private void join(Map<ChannelOption<?>, Object> options, ChannelHandler cross) throws Exception {
        leftTap = host(left, 1, options, cross);
        rightTap = host(right, 2, options, cross);
    }

    private TapChannel host(TestNamespace host, int number, Map<ChannelOption<?>, Object> options,
                            ChannelHandler cross) throws Exception {
        Map<ChannelOption<?>, Object> all = new HashMap<>(options);
        all.put(TapChannelOption.NETWORK_NAMESPACE, host.name());
        all.put(TapChannelOption.MTU, MTU);
        TapChannel tap = open("t0", all, cross);
        host.ip("addr", "add", "10.99.0." + number + "/24", "dev", "t0");
        host.ip("addr", "add", "fd99::" + number + "/64", "dev", "t0", "nodad");
        return tap;
    }

    private static InetAddress address(boolean ipv6, int host) throws Exception {
        return InetAddress.getByName(ipv6 ? "fd99::" + host : "10.99.0." + host);
    }

    private void assertNoLoss() {
        for (TapChannel tap : new TapChannel[] {leftTap, rightTap}) {
            assertThat(tap.stats().rxDrops()).isZero();
            assertThat(tap.stats().txDrops()).isZero();
            assertThat(tap.deviceDrops().received()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ping(boolean ipv6) throws Exception {
        join(Map.of());
        for (int i = 0; i < 5; i++) {
            assertThat(NetworkNamespace.call(left.name(), () -> address(ipv6, 2).isReachable(5000))).isTrue();
            assertThat(NetworkNamespace.call(right.name(), () -> address(ipv6, 1).isReachable(5000))).isTrue();
        }
        assertThat(leftTap.stats().rxFrames()).isGreaterThanOrEqualTo(10);
        assertNoLoss();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tcpCarriesEveryByte(boolean ipv6) throws Exception {
        join(Map.of());
        transfer(ipv6);
        // Jumbo frames, and no segment is longer than the MTU, as no offloads were negotiated.
        assertThat(leftTap.stats().rxBytes() / leftTap.stats().rxFrames()).isBetween(4000L, MTU + 14L);
        assertNoLoss();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tcpCarriesEveryByteWithOffloads(boolean ipv6) throws Exception {
        join(Map.of(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE, FrameChannelOption.OFFLOADS,
            VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4, VirtioNetOffload.TSO6)));
        transfer(ipv6);
        assertThat(leftTap.stats().rxBytes() / leftTap.stats().rxFrames()).isGreaterThan(MTU + 14L);
        assertNoLoss();
    }

    /** Each kernel sends incomplete frames and receives complete ones, as the front ends complete them. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void tcpCarriesEveryByteBetweenPlainFrontEnds(boolean ipv6, boolean batches) throws Exception {
        join(Map.of(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE, VnetHeaderLength.NONE),
            FrameChannelOption.OFFLOADS, VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4,
                VirtioNetOffload.TSO6), FrameChannelOption.READ_BATCHES, batches), FrameFrontEnd.plain(new Cross()));
        transfer(ipv6);
        assertThat(leftTap.stats().rxBytes() / leftTap.stats().rxFrames()).as("super-frames of the kernel")
            .isGreaterThan(MTU + 14L);
        assertThat(rightTap.stats().txBytes() / rightTap.stats().txFrames()).as("segments to the other")
            .isBetween(1000L, 12 + MTU + 14L);
        assertThat(longest.get()).as("what an application sees").isBetween(1000, MTU + 14);
        assertNoLoss();
    }

    private void transfer(boolean ipv6) throws Exception {
        byte[] data = new byte[8 << 20];
        new Random(1).nextBytes(data);
        try (ServerSocket server = NetworkNamespace.call(right.name(),
            () -> new ServerSocket(0, 1, address(ipv6, 2)))) {
            CompletableFuture<byte[]> digest = CompletableFuture.supplyAsync(() -> {
                try (Socket socket = server.accept(); InputStream in = socket.getInputStream()) {
                    MessageDigest sha = MessageDigest.getInstance("SHA-256");
                    byte[] chunk = new byte[65536];
                    for (int n; (n = in.read(chunk)) >= 0;) {
                        sha.update(chunk, 0, n);
                    }
                    return sha.digest();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            try (Socket socket = NetworkNamespace.call(left.name(),
                     () -> new Socket(address(ipv6, 2), server.getLocalPort()));
                 OutputStream out = socket.getOutputStream()) {
                out.write(data);
            }
            assertThat(digest.get(60, TimeUnit.SECONDS))
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(data));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void udpOfEveryLength(boolean ipv6) throws Exception {
        join(Map.of());
        try (DatagramSocket a = NetworkNamespace.call(left.name(), () -> new DatagramSocket(0, address(ipv6, 1)));
             DatagramSocket b = NetworkNamespace.call(right.name(), () -> new DatagramSocket(0, address(ipv6, 2)))) {
            b.setSoTimeout(10_000);
            // The last one is fragmented.
            for (int length : new int[] {0, 1, 1000, MTU - 48, 30_000}) {
                byte[] data = new byte[length];
                new Random(length).nextBytes(data);
                a.send(new java.net.DatagramPacket(data, length, b.getLocalSocketAddress()));
                java.net.DatagramPacket packet = new java.net.DatagramPacket(new byte[40_000], 40_000);
                b.receive(packet);
                assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(data);
            }
        }
        assertNoLoss();
    }

    @Test
    void taggedFramesPassWithTheirTags() throws Exception {
        join(Map.of());
        try (PacketSocket a = PacketSocket.open(left, "t0"); PacketSocket b = PacketSocket.open(right, "t0")) {
            for (byte[] tags : new byte[][] {{(byte) 0x81, 0, 0x60, 5}, {(byte) 0x88, (byte) 0xa8, 0, 7},
                {(byte) 0x88, (byte) 0xa8, 0, 7, (byte) 0x81, 0, (byte) 0xaf, (byte) 0xfe}}) {
                byte[] plain = TestFrames.frame(1, MTU + 14 - 8);
                byte[] tagged = ByteBuffer.allocate(plain.length + tags.length).put(plain, 0, 12).put(tags)
                    .put(plain, 12, plain.length - 12).array();
                a.send(tagged);
                byte[] got;
                do {
                    got = b.receive(5000);
                } while (got != null && got.length != tagged.length);
                assertThat(got).isEqualTo(tagged);
            }
        }
        assertNoLoss();
    }

    @Test
    void aSocketLivesOnTheSameEventLoop() throws Exception {
        join(Map.of());
        // On the event loop of the tap, and in the namespace of this process. It answers every datagram.
        EpollDatagramChannel echo = (EpollDatagramChannel) new Bootstrap().group(leftTap.eventLoop())
            .channel(EpollDatagramChannel.class)
            .handler(new SimpleChannelInboundHandler<DatagramPacket>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                    ctx.writeAndFlush(new DatagramPacket(packet.content().retain(), packet.sender()));
                }
            }).bind(new InetSocketAddress("127.0.0.1", 0)).sync().channel();
        try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(10_000);
            for (int i = 0; i < 20; i++) {
                client.send(new java.net.DatagramPacket(new byte[] {(byte) i}, 1, echo.localAddress()));
                java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[10], 10);
                client.receive(answer);
                assertThat(answer.getData()[0]).isEqualTo((byte) i);
                assertThat(NetworkNamespace.call(left.name(), () -> address(false, 2).isReachable(5000))).isTrue();
            }
        } finally {
            echo.close().sync();
        }
        assertThat(write(leftTap, Unpooled.copiedBuffer(TestFrames.frame(1)))).isNull();
    }
}
