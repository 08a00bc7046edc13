/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.channel.PortSyntaxException;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.ethernet.MacAddress;
import io.ringtap.internal.unix.NativeMemory;
import io.ringtap.internal.unix.NetworkNamespace;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestNamespace;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetOffload;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The properties of a TUN device, besides those that the suites check for every channel. */
@RequiresTap
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TunChannelTest {
    @Parameter
    TestLoop loop;

    private EventLoopGroup group;

    private TunChannel open(TestNamespace namespace, ChannelInboundHandlerAdapter handler, VirtioNetOffloads offloads)
        throws InterruptedException {
        if (group == null) {
            group = loop.get();
        }
        return (TunChannel) new Bootstrap().group(group).channel(TunChannel.class)
            .option(TunChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(TunChannelOption.UP, true)
            .option(FrameChannelOption.VNET_HEADER,
                offloads.isEmpty() ? VnetHeaderLength.NONE : VnetHeaderLength.MERGEABLE)
            .option(FrameChannelOption.OFFLOADS, offloads)
            .handler(handler)
            .bind(new TunAddress("tun%d")).sync().channel();
    }

    @AfterEach
    void close() throws InterruptedException {
        if (group != null) {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void messagesArePacketsWithoutAnEthernetHeader() throws Exception {
        BlockingQueue<ByteBuf> packets = new LinkedBlockingQueue<>();
        try (TestNamespace namespace = TestNamespace.create()) {
            TunChannel tun = open(namespace, new SimpleChannelInboundHandler<ByteBuf>() {
                @Override
                protected void channelRead0(ChannelHandlerContext ctx, ByteBuf packet) {
                    packets.add(packet.copy());
                }
            }, VirtioNetOffloads.NONE);
            assertThat(tun.localAddress()).isEqualTo(new TunAddress("tun0")).hasToString("tun:tun0");
            assertThat(tun.config().getMtu()).isEqualTo(1500);
            assertThat(tun.config().isUp()).isTrue();
            namespace.ip("address", "add", "192.0.2.1/24", "dev", "tun0");
            try (DatagramSocket socket = NetworkNamespace.call(namespace.name(), () -> new DatagramSocket(4000))) {
                socket.setSoTimeout(10_000);
                byte[] sent = new byte[1472];
                new Random(1).nextBytes(sent);
                socket.send(new DatagramPacket(sent, sent.length, new InetSocketAddress("192.0.2.2", 4001)));
                ByteBuf packet = packets.poll(10, TimeUnit.SECONDS);
                assertThat(packet).isNotNull();
                assertThat(packet.getUnsignedByte(0)).as("version and header length").isEqualTo((short) 0x45);
                assertThat(packet.readableBytes()).isEqualTo(1500).isEqualTo(packet.getUnsignedShort(2));
                assertThat(packet.getInt(16)).isEqualTo(0xc0000202);

                // The answer: addresses and ports are exchanged, which does not change the checksums.
                ByteBuf answer = packet.copy().setInt(12, packet.getInt(16)).setInt(16, packet.getInt(12))
                    .setShort(20, packet.getShort(22)).setShort(22, packet.getShort(20));
                packet.release();
                tun.writeAndFlush(answer).sync();
                DatagramPacket back = new DatagramPacket(new byte[2000], 2000);
                socket.receive(back);
                assertThat(back.getLength()).isEqualTo(sent.length);
                assertThat(back.getData()).startsWith(sent);
            }
            tun.close().sync();
        }
        packets.forEach(ByteBuf::release);
    }

    @Test
    void whatIsNoPacketIsRefusedAlone() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            TunChannel tun = open(namespace, new ChannelInboundHandlerAdapter(), VirtioNetOffloads.NONE);
            ChannelFuture written = tun.writeAndFlush(Unpooled.copiedBuffer(new byte[60])).await();
            assertThat(written.cause()).isInstanceOf(FrameRefusedException.class)
                .hasMessageContaining("tun:tun0").hasMessageContaining("neither version of IP");
            assertThat(tun.stats().txDropsByReason()).containsEntry(DropReason.REFUSED, 1L);
            assertThat(tun.isActive()).isTrue();
            tun.close().sync();
        }
    }

    /**
     * Two hosts, with the channels of their TUN devices back to back: a packet that one reads is written to the other
     * unchanged.
     */
    @Test
    void segmentsPassWithTheirVnetHeader() throws Exception {
        VirtioNetOffloads offloads = VirtioNetOffloads.of(VirtioNetOffload.CSUM, VirtioNetOffload.TSO4,
            VirtioNetOffload.TSO6);
        AtomicInteger longest = new AtomicInteger();
        TunChannel[] ends = new TunChannel[2];
        try (TestNamespace left = TestNamespace.create(); TestNamespace right = TestNamespace.create()) {
            TestNamespace[] namespaces = {left, right};
            for (int end = 0; end < 2; end++) {
                int other = 1 - end;
                ends[end] = open(namespaces[end], new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object packet) {
                        longest.accumulateAndGet(((ByteBuf) packet).readableBytes(), Math::max);
                        ends[other].writeAndFlush(packet);
                    }
                }, offloads);
                assertThat(ends[end].vnetHeaderLength()).isEqualTo(12);
                assertThat(ends[end].config().getOffloads()).isEqualTo(offloads);
            }
            left.ip("address", "add", "192.0.2.1/24", "dev", "tun0");
            right.ip("address", "add", "192.0.2.2/24", "dev", "tun0");
            byte[] sent = new byte[2 << 20];
            new Random(1).nextBytes(sent);
            try (ServerSocket server = NetworkNamespace.call(right.name(),
                    () -> new ServerSocket(4000, 1, InetAddress.getByName("192.0.2.2")));
                Socket client = NetworkNamespace.call(left.name(), () -> new Socket("192.0.2.2", 4000));
                Socket peer = server.accept()) {
                peer.setSoTimeout(10_000);
                CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                    try {
                        return peer.getInputStream().readNBytes(sent.length);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                client.getOutputStream().write(sent);
                assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
            }
            assertThat(longest).as("several segments in one").hasValueGreaterThan(3000);
            assertThat(ends[0].stats().rxDrops() + ends[1].stats().rxDrops()).isZero();
            ends[0].close().sync();
            ends[1].close().sync();
        }
    }

    @Test
    void theOptionsOfATapButForTheMac() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            TunChannel tun = open(namespace, new ChannelInboundHandlerAdapter(), VirtioNetOffloads.NONE);
            assertThat(tun.linkLayer()).isEqualTo(LinkLayer.RAW_IP);
            assertThat(tun.config().getOptions()).containsKeys(TunChannelOption.MTU, ChannelOption.SO_SNDBUF)
                .doesNotContainKey(TapChannelOption.MAC_ADDRESS);
            assertThat(tun.config().setOption(TapChannelOption.MAC_ADDRESS, MacAddress.parse("02:00:00:00:00:01")))
                .isFalse();
            // The packets of a tap are at most an Ethernet header shorter.
            assertThat(tun.config().setMtu(65535).getMtu()).isEqualTo(65535);
            assertThatThrownBy(() -> tun.config().setMtu(65536)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("68 to 65535");
            tun.close().sync();
        }
    }

    @Test
    void eachChannelHasItsOwnKindOfAddress() throws Exception {
        group = loop.get();
        TunChannel tun = new TunChannel();
        group.register(tun).sync();
        assertThat(tun.bind(new TapAddress("t0")).await().cause()).isInstanceOf(IllegalArgumentException.class)
            .hasMessage("a TunChannel is bound to a TunAddress, not to tap:t0");
        tun.close().sync();
    }

    @Test
    void anAttachedDescriptorIsTakenOverByItsOwnKind() throws Exception {
        try (TestNamespace namespace = TestNamespace.create()) {
            int fd = NetworkNamespace.call(namespace.name(), () -> {
                int opened = SystemCalls.check("open", SystemCalls.open(LinuxTun.DEVICE_NODE,
                    SystemCalls.O_RDWR | SystemCalls.O_CLOEXEC));
                NativeMemory request = NativeMemory.allocate(LinuxTun.IFREQ_SIZE);
                request.putCString(0, "given");
                request.buffer().putShort(LinuxTun.IFREQ_FLAGS, (short) (LinuxTun.IFF_TUN | LinuxTun.IFF_NO_PI));
                SystemCalls.check("TUNSETIFF", SystemCalls.ioctl(opened, LinuxTun.TUNSETIFF, request));
                return opened;
            });
            assertThatThrownBy(() -> new TapChannel(fd)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("given").hasMessageContaining("without IFF_TAP");
            TunChannel tun = NetworkNamespace.call(namespace.name(), () -> new TunChannel(fd));
            group = loop.get();
            group.register(tun).sync();
            assertThat(tun.isActive()).isTrue();
            assertThat(tun.localAddress()).isEqualTo(new TunAddress("given"));
            tun.close().sync();
        }
    }

    @Test
    void portsByName() {
        FramePort port = FramePorts.parse("tun:t0,mtu=1400,vnet=12,up=on");
        assertThat(port.address()).isEqualTo(new TunAddress("t0"));
        assertThat(port.factory().newChannel()).isInstanceOf(TunChannel.class);
        assertThat(port.options()).containsEntry(TunChannelOption.MTU, 1400)
            .containsEntry(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.MERGEABLE));
        assertThat(FramePorts.parse("tun:t0,mtu=65535").options()).containsEntry(TunChannelOption.MTU, 65535);
        assertThatThrownBy(() -> FramePorts.parse("tun:t0,mac=02:00:00:00:00:01"))
            .isInstanceOf(PortSyntaxException.class).hasMessageContaining("unknown key 'mac'");
        assertThatThrownBy(() -> FramePorts.parse("tun:a-name-too-long-"))
            .isInstanceOf(PortSyntaxException.class).hasMessageContaining("too long");
    }
}
