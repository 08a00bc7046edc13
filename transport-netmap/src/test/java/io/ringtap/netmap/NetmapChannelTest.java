/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.FramePorts;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.netmap.NetmapTransport;
import io.ringtap.internal.netmap.ring.RandomFrames;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.netmap.embedded.ValeDrop;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.virtio.LinkLayer;
import io.ringtap.virtio.VirtioNetBackend;
import io.ringtap.virtio.VirtioNetOffloads;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

/** The channel on embedded ports, which have no descriptor to wait on, with several kinds of event loop. */
class NetmapChannelTest {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<Port> ports = new ArrayList<>();

    /** A bound channel, and the frames that it has received. */
    private static class Port extends ChannelInboundHandlerAdapter {
        final BlockingQueue<ByteBuf> frames = new LinkedBlockingQueue<>();
        final BlockingQueue<Throwable> errors = new LinkedBlockingQueue<>();
        final AtomicInteger readCompletes = new AtomicInteger();
        NetmapChannel channel;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            frames.add((ByteBuf) msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            readCompletes.incrementAndGet();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            errors.add(cause);
        }

        ByteBuf take() throws InterruptedException {
            ByteBuf frame = frames.poll(10, TimeUnit.SECONDS);
            assertThat(frame).as("a frame within ten seconds").isNotNull();
            return frame;
        }

        void assertReceives(byte[] expected) throws InterruptedException {
            ByteBuf frame = take();
            try {
                assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(expected));
            } finally {
                frame.release();
            }
        }

        ChannelFuture send(byte[] frame) {
            return channel.writeAndFlush(Unpooled.wrappedBuffer(frame));
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        for (Port port : ports) {
            port.channel.close().sync();
            port.frames.forEach(ByteBuf::release);
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertThat(netmap.stats("vale0")).isNull();
        assertThat(Netmap.pinnedPorts()).isEmpty();
    }

    private Bootstrap bootstrap(Port port) {
        return new Bootstrap().group(group).channel(NetmapChannel.class).handler(port)
            .option(NetmapChannelOption.DRIVER, netmap);
    }

    private Port open(String name) throws InterruptedException {
        Port port = new Port();
        return open(port, bootstrap(port), name);
    }

    private Port open(Port port, Bootstrap bootstrap, String name) throws InterruptedException {
        port.channel = (NetmapChannel) bootstrap.bind(NetmapAddress.parse(name)).sync().channel();
        ports.add(port);
        return port;
    }

    private static byte[] frame(int to, int from, int length) {
        byte[] frame = RandomFrames.bytes(length, length);
        for (int i = 0; i < 12; i++) {
            frame[i] = (byte) (i < 6 && to == 255 ? 0xff : i % 6 == 0 ? 2 : i % 6 < 5 ? 0 : i < 6 ? to : from);
        }
        return frame;
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#availableAndSpinning")
    void runsOnEveryLoop(TestLoop loop) throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        group = loop.newGroup(2);
        exchange();
    }

    @Test
    void runsOnALocalLoop() throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        group = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
        exchange();
    }

    private void exchange() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        a.send(frame(255, 1, 60)).sync();
        b.assertReceives(frame(255, 1, 60));
        for (int i = 0; i < 500; i++) {
            b.send(frame(1, 2, 60 + i)).sync();
            a.assertReceives(frame(1, 2, 60 + i));
        }
        assertThat(a.channel.stats().rxFrames()).isEqualTo(500);
        assertThat(b.channel.stats().txFrames()).isEqualTo(500);
        assertThat(a.errors).isEmpty();
    }

    @Test
    void saysWhichNetmapItIsOn() throws InterruptedException {
        Port a = open("vale0:a@conf:rings=2");
        assertThat(a.channel.localAddress()).hasToString("vale0:a@conf:rings=2,driver=embedded");
        assertThat(a.channel.isActive()).isTrue();
        assertThat(a.channel.remoteAddress()).isNull();
        assertThat(a.channel.vnetHeaderLength()).isZero();
        assertThat(a.channel.linkLayer()).isEqualTo(LinkLayer.ETHERNET);
        assertThat(new NetmapChannel().linkLayer()).isEqualTo(LinkLayer.ETHERNET);
    }

    @Test
    void framesOfEveryLengthArrive() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        for (int length : new int[] {14, 15, 60, 1514, 2047, 2048, 2049, 4096, 9018, 64 * 2048}) {
            a.send(frame(255, 1, length)).sync();
            b.assertReceives(frame(255, 1, length));
        }
    }

    @Test
    void aFrameTheRingNeverTakesFailsAloneAndIsCounted() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        ChannelFuture tooLong = a.send(new byte[64 * 2048 + 1]).awaitUninterruptibly();
        ByteBuf nothing = Unpooled.copiedBuffer(new byte[1]).skipBytes(1);
        ChannelFuture empty = a.channel.writeAndFlush(nothing).awaitUninterruptibly();
        assertThat(tooLong.cause()).isInstanceOf(FrameRefusedException.class)
            .hasMessageContaining("longer than 131072");
        assertThat(empty.cause()).isInstanceOf(FrameRefusedException.class);
        assertThat(a.channel.stats().txDrops(DropReason.TOO_LONG)).isEqualTo(1);
        a.send(frame(255, 1, 60)).sync();
        b.assertReceives(frame(255, 1, 60));
    }

    @Test
    void aBurstIsOneSwitchFulAndTheRestIsDroppedByTheSwitch() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = new Port();
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false), "vale0:b");
        for (int i = 0; i < 1500; i++) {
            a.channel.write(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        }
        a.send(frame(255, 1, 60)).sync();
        await("it happens", () -> b.channel.deviceDrops().received() == 1501 - 1023);
        b.channel.config().setAutoRead(true);
        for (int i = 0; i < 1023; i++) {
            b.assertReceives(frame(255, 1, 60));
        }
    }

    @Test
    void aStoppedPipeReaderStopsTheWriterAndNothingIsLost() throws InterruptedException {
        Port a = open("netmap:p{1@conf:slots=16");
        Port b = new Port();
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false), "netmap:p}1");
        int frames = 5000;
        ChannelFuture last = null;
        for (int i = 0; i < frames; i++) {
            last = a.channel.writeAndFlush(Unpooled.wrappedBuffer(frame(2, 1, 60 + i % 3000)));
        }
        assertThat(a.channel.isWritable()).isFalse();
        assertThat(last.isDone()).isFalse();
        assertThat(b.frames).isEmpty();
        b.channel.config().setAutoRead(true);
        for (int i = 0; i < frames; i++) {
            b.assertReceives(frame(2, 1, 60 + i % 3000));
        }
        last.sync();
        assertThat(a.channel.isWritable()).isTrue();
    }

    @Test
    void withoutAutoReadEachReadGivesARound() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = new Port();
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1).maxMessagesPerRead(1)),
            "vale0:b");
        for (int i = 0; i < 3; i++) {
            a.send(frame(255, 1, 60 + i)).sync();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(b.frames.poll(50, TimeUnit.MILLISECONDS)).isNull();
            b.channel.read();
            b.assertReceives(frame(255, 1, 60 + i));
        }
    }

    @Test
    void lendsItsBuffersAndCopiesWhenTheyRunOut() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = new Port();
        open(b, bootstrap(b).option(NetmapChannelOption.LENT_BUFFERS, 5), "vale0:b");
        List<ByteBuf> held = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            a.send(frame(255, 1, 60 + i)).sync();
            held.add(b.take());
        }
        assertThat(b.channel.lentFrames()).isEqualTo(5);
        assertThat(b.channel.copiedFrames()).isEqualTo(7);
        for (int i = 0; i < 12; i++) {
            assertThat(held.get(i)).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60 + i)));
        }
        // They are released in another order than they came, and on this thread.
        for (int i : new int[] {3, 0, 11, 4, 1, 2, 10, 5, 9, 6, 8, 7}) {
            held.get(i).release();
        }
        for (int i = 0; i < 5; i++) {
            a.send(frame(255, 1, 90 + i)).sync();
            b.assertReceives(frame(255, 1, 90 + i));
        }
        assertThat(b.channel.lentFrames()).isEqualTo(10);
    }

    @Test
    void aFrameLentIsPassedOnByIndexWithinItsRegion() throws InterruptedException {
        Port in = open("vale0:in");
        Port out = open("vale0:in{1");
        Port end = open("vale0:in}1");
        Port other = open("vale1:x");
        Port sink = open("vale1:y");
        Port source = open("vale0:source");
        for (int i = 0; i < 3000; i++) {
            byte[] sent = frame(255, 1, 60 + i % 1400);
            source.send(sent).sync();
            out.channel.writeAndFlush(in.take()).sync();
            end.assertReceives(sent);
        }
        assertThat(in.channel.lentFrames()).isEqualTo(3000);
        assertThat(out.channel.swappedFrames()).isEqualTo(3000);
        assertThat(end.channel.lentFrames()).isEqualTo(3000);

        // The frame is copied to another region, and also if somebody else has a reference to it.
        source.send(frame(255, 1, 60)).sync();
        other.channel.writeAndFlush(in.take()).sync();
        sink.assertReceives(frame(255, 1, 60));
        assertThat(other.channel.swappedFrames()).isZero();
        source.send(frame(255, 1, 60)).sync();
        ByteBuf shared = in.take();
        out.channel.writeAndFlush(shared.retain()).sync();
        end.assertReceives(frame(255, 1, 60));
        assertThat(out.channel.swappedFrames()).isEqualTo(3000);
        assertThat(shared).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        shared.release();
    }

    @Test
    void whatIsLentOutlivesItsChannelAndPinsThePort() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        a.send(frame(255, 1, 60)).sync();
        a.send(frame(255, 1, 61)).sync();
        ByteBuf first = b.take();
        ByteBuf second = b.take();
        b.channel.close().sync();
        assertThat(Netmap.pinnedPorts()).containsExactly("vale0:b (embedded netmap)");
        assertThat(first).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        first.release();
        assertThat(Netmap.pinnedPorts()).hasSize(1);
        assertThat(second).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 61)));
        second.release();
        assertThat(Netmap.pinnedPorts()).isEmpty();
        a.send(frame(255, 1, 60)).sync();
        // A promise succeeds when the frame is in the ring. The sync follows.
        await("it happens", () -> netmap.stats("vale0").drops().get(ValeDrop.NO_DESTINATION) == 1);
    }

    @Test
    void aHandlerMayCloseTheChannelInTheMiddleOfARound() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = new Port() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                super.channelRead(ctx, msg);
                ctx.close();
            }
        };
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false), "vale0:b");
        for (int i = 0; i < 10; i++) {
            a.send(frame(255, 1, 60)).sync();
        }
        await("it happens", () -> netmap.stats("vale0").delivered() == 10);
        b.channel.read();
        b.assertReceives(frame(255, 1, 60));
        b.channel.closeFuture().sync();
        assertThat(b.frames).isEmpty();
        assertThat(b.errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 12})
    void aHeaderIsSetOnAValePort(int bytes) throws InterruptedException {
        Port a = new Port();
        open(a, bootstrap(a).option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.ofBytes(bytes)), "vale0:a");
        Port b = open("vale0:b");
        assertThat(a.channel.vnetHeaderLength()).isEqualTo(bytes);
        b.send(frame(255, 1, 60)).sync();
        ByteBuf frame = a.take();
        assertThat(frame.readableBytes()).isEqualTo(bytes + 60);
        assertThat(frame.readSlice(bytes)).isEqualTo(Unpooled.wrappedBuffer(new byte[bytes]));
        assertThat(frame).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        frame.release();
    }

    @Test
    void ofSeveralHeadersTheFirstThatNetmapHasIsTaken() throws InterruptedException {
        Port a = new Port();
        open(a, bootstrap(a).option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.HASH,
            VnetHeaderLength.LEGACY, VnetHeaderLength.NONE)), "vale0:a");
        assertThat(a.channel.vnetHeaderLength()).isEqualTo(10);
        assertThat(a.channel.config().getVnetHeader()).isSameAs(VnetHeaderLength.LEGACY);
        Port b = new Port();
        open(b, bootstrap(b).option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.NONE,
            VnetHeaderLength.MERGEABLE)), "vale0:b");
        assertThat(b.channel.vnetHeaderLength()).isZero();
        Port c = new Port();
        open(c, bootstrap(c).option(FrameChannelOption.VNET_HEADERS, List.of(VnetHeaderLength.TUNNEL,
            VnetHeaderLength.MERGEABLE)), "vale0:c{1");
        assertThat(c.channel.vnetHeaderLength()).isEqualTo(12);
    }

    /** A switch completes frames for its other ports, a pipe does not. Both deliver the content of the frame. */
    @Test
    void aPortTellsWhatMayBeLeftUndone() throws InterruptedException {
        assertThat(open("vale0:a").channel.vnetBackend()).isSameAs(VirtioNetBackend.PLAIN);
        Port b = new Port();
        VirtioNetBackend vale = open(b, bootstrap(b).option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE),
            "vale0:b").channel.vnetBackend();
        assertThat(vale.takes()).isEqualTo(VirtioNetOffloads.ALL);
        assertThat(vale.gives()).isEqualTo(VirtioNetOffloads.ALL);
        assertThat(vale.isRestrictable()).isFalse();
        assertThat(vale.has(VnetHeaderLength.MERGEABLE)).isTrue();
        assertThat(vale.has(VnetHeaderLength.NONE)).isFalse();
        Port c = new Port();
        VirtioNetBackend pipe = open(c, bootstrap(c).option(FrameChannelOption.VNET_HEADER, VnetHeaderLength.LEGACY),
            "vale0:c{1").channel.vnetBackend();
        assertThat(pipe.takes()).isEqualTo(VirtioNetOffloads.NONE);
        assertThat(pipe.gives()).isEqualTo(VirtioNetOffloads.ALL);
    }

    @Test
    void whatIsWrongFailsTheBindAndLeavesNothing() {
        assertThatThrownBy(() -> open("vale0:a^")).isInstanceOf(NetmapException.class);
        Port port = new Port();
        assertThatThrownBy(() -> open(port, bootstrap(port).option(FrameChannelOption.VNET_HEADER,
            VnetHeaderLength.HASH), "vale0:a")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("0, 10 or 12");
        assertThatThrownBy(() -> open(port, bootstrap(new Port()).option(NetmapChannelOption.LENT_BUFFERS, -1),
            "vale0:a")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("LENT_BUFFERS");
        assertThatThrownBy(() -> bootstrap(new Port()).bind(new InetSocketAddress(0)).sync())
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NetmapAddress");
        assertThat(netmap.stats("vale0")).isNull();
    }

    @Test
    void optionsAreFixedWhileActive() throws InterruptedException {
        Port a = open("vale0:a");
        assertThatThrownBy(() -> a.channel.config().setLentBuffers(3)).isInstanceOf(IllegalStateException.class);
        assertThat(a.channel.config().getOption(NetmapChannelOption.LENT_BUFFERS)).isEqualTo(1024);
        assertThat(a.channel.config().getOptions()).containsEntry(NetmapChannelOption.DRIVER, netmap);
    }

    @Test
    void noOptionIsNull() {
        NetmapChannelConfig config = new NetmapChannel().config();
        assertThatThrownBy(() -> config.setVnetHeader(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setOffloads(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> config.setDriver(null)).isInstanceOf(NullPointerException.class);
        for (ChannelOption<?> option : config.getOptions().keySet()) {
            Object before = config.getOption(option);
            assertThatThrownBy(() -> config.setOption(option, null)).as(option.name())
                .isInstanceOf(NullPointerException.class);
            assertThat(config.getOption(option)).isEqualTo(before);
        }
    }

    /** Whoever waits for a promise adds a suppressed exception to its cause, as Netty's sync() does. */
    @Test
    void aRefusalIsItsFramesOwn() throws InterruptedException {
        Port a = open("vale0:a");
        ChannelFuture first = a.send(new byte[200_000]).await();
        ChannelFuture second = a.send(new byte[200_000]).await();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(first::sync).isInstanceOf(FrameRefusedException.class);
        }
        first.cause().addSuppressed(new IllegalStateException("of the first"));
        assertThat(second.cause()).isInstanceOf(FrameRefusedException.class).isNotSameAs(first.cause())
            .hasMessage(first.cause().getMessage()).hasNoSuppressedExceptions();
        assertThat(second.cause().getStackTrace()).isEmpty();
        assertThat(a.channel.stats().txDrops(DropReason.TOO_LONG)).isEqualTo(2);
    }

    @Test
    void theLoopsEndClosesTheChannel() throws InterruptedException {
        Port a = open("vale0:a");
        Channel channel = a.channel;
        ports.clear();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertThat(channel.closeFuture().await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void severalRingsKeepAFlowInOrder() throws InterruptedException {
        Port a = open("vale0:a@conf:rings=4");
        Port b = open("vale0:b@conf:rings=4");
        b.send(frame(255, 2, 60)).sync();
        a.take().release();
        for (int i = 0; i < 900; i++) {
            a.channel.write(Unpooled.wrappedBuffer(frame(2, 10 + i % 7, 60 + i)));
            if (i % 50 == 0) {
                a.channel.flush();
            }
        }
        a.channel.flush();
        int[] last = new int[7];
        for (int i = 0; i < 900; i++) {
            ByteBuf frame = b.take();
            int from = frame.getByte(11) - 10;
            assertThat(frame.readableBytes()).isGreaterThan(last[from]);
            last[from] = frame.readableBytes();
            frame.release();
        }
    }

    @Test
    void portsAreReadByName() {
        FramePort port = FramePorts.parse("[vale0:1@conf:rings=2,slots=64],vnet=12,lent=7,driver=embedded");
        assertThat(port.address()).isEqualTo(NetmapAddress.parse("vale0:1@conf:rings=2,slots=64"));
        assertThat(port.options()).containsEntry(NetmapChannelOption.LENT_BUFFERS, 7)
            .containsEntry(NetmapChannelOption.DRIVER, Netmap.embedded());
        assertThat(FramePorts.parse("vale0:1@conf:rings=2,tx-slots=64,vnet=12").address())
            .isEqualTo(NetmapAddress.parse("vale0:1@conf:rings=2,tx_slots=64"));
        assertThat(FramePorts.parse("vale0:1@extmem:file=/dev/shm/m,ring_num=8,vnet=12").address())
            .isEqualTo(NetmapAddress.parse("vale0:1@extmem:file=/dev/shm/m,ring_num=8"));
        assertThat(FramePorts.parse("netmap-raw:br-lan").address()).isEqualTo(NetmapAddress.raw("br-lan"));
        assertThatThrownBy(() -> FramePorts.parse("netmap:eth0/q")).hasMessageContaining("is no flag");
        assertThatThrownBy(() -> FramePorts.parse("vale0:1,driver=none")).hasMessageContaining("kernel|embedded");
        assertThatThrownBy(() -> FramePorts.parse("vale0:1,vnet=20")).hasMessage("port 'vale0:1,vnet=20', character 14:"
            + " '20' is no value for vnet: expected 0|10|12|auto (these ports have no header of 20 bytes)");
        assertThatThrownBy(() -> FramePorts.parse("[netmap:br-lan],vnet=0")).hasMessageStartingWith(
            "port '[netmap:br-lan],vnet=0', character 12: ").hasMessageContaining("netmap-raw:br-lan")
            .satisfies(e -> assertThat(e.getMessage().split("character")).as("one place").hasSize(2));
        assertThat(new NetmapTransport().claims("vale")).isFalse();
        assertThat(new NetmapTransport().claims("tap:netmap:x")).isFalse();
    }

    @Test
    void aPortGoesToTheNetmapThatIsThere() throws InterruptedException {
        assumeThat(Netmap.isAvailable()).isFalse();
        assertThat(Netmap.unavailabilityCause()).hasMessageContaining("/dev/netmap");
        assertThatThrownBy(Netmap::ensureAvailability).isInstanceOf(UnsupportedOperationException.class);
        Port a = new Port();
        open(a, new Bootstrap().group(group).channel(NetmapChannel.class).handler(a), "vale7:a");
        assertThat(a.channel.localAddress().driver()).isEqualTo("embedded");
        assertThatThrownBy(() -> new Bootstrap().group(group).channel(NetmapChannel.class).handler(new Port())
            .bind(NetmapAddress.parse("netmap:eth0")).sync()).isInstanceOf(NetmapException.class)
            .hasMessage("netmap: open(/dev/netmap) failed: ENOENT (not there): this kernel has no netmap loaded; on"
                + " Linux load netmap.ko, on FreeBSD 'kldload netmap'");
        assertThatThrownBy(() -> FramePorts.parse("vale7:b,driver=kernel").bootstrap(group).handler(new Port())
            .bind().sync()).hasMessageEndingWith("'kldload netmap'; this port works without it, with driver=embedded");
    }
}
