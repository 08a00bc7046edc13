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
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.internal.netmap.ring.RandomFrames;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
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

/**
 * What a netmap channel owes whoever uses it, on any netmap: the kernel's or one in this JVM. A subclass says which.
 * Each test runs on each event loop.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("io.ringtap.testsuite.TestLoops#available")
abstract class NetmapChannelContract {
    /** Several times as many frames as a ring of 64 slots has. */
    private static final int ROUNDS = 300;

    private EventLoopGroup group;
    private final List<Port> ports = new ArrayList<>();

    @Parameter
    TestLoop loop;

    /** The netmap that is tested. */
    abstract NetmapDriver netmap();

    /** Fails unless the netmap has no port of {@code vale0}. */
    abstract void assertNoPorts() throws NetmapException;

    /** How many frames a device drops if so many are dropped, or -1 if the netmap does not count them. */
    abstract long dropped(long frames);

    @BeforeEach
    final void start() {
        group = loop.newGroup(2);
    }

    @AfterEach
    final void close() throws Exception {
        for (Port port : ports) {
            port.channel.close().sync();
            port.frames.forEach(ByteBuf::release);
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        assertNoPorts();
        assertThat(Netmap.pinnedPorts()).isEmpty();
    }

    /** Has the channels that are opened from now on run on another group. */
    final void use(EventLoopGroup other) throws InterruptedException {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        group = other;
    }

    final EventLoopGroup group() {
        return group;
    }

    final Bootstrap bootstrap(Port port) {
        return new Bootstrap().group(group).channel(NetmapChannel.class).handler(port)
            .option(NetmapChannelOption.DRIVER, netmap());
    }

    /** A bound channel, and what came through it. */
    static class Port extends ChannelInboundHandlerAdapter {
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

    final Port open(String name) throws InterruptedException {
        Port port = new Port();
        return open(port, bootstrap(port), name);
    }

    final Port open(Port port, Bootstrap bootstrap, String name) throws InterruptedException {
        port.channel = (NetmapChannel) bootstrap.bind(NetmapAddress.parse(name)).sync().channel();
        ports.add(port);
        return port;
    }

    static byte[] frame(int to, int from, int length) {
        byte[] frame = RandomFrames.bytes(length, length);
        for (int i = 0; i < 12; i++) {
            frame[i] = (byte) (i < 6 && to == 255 ? 0xff : i % 6 == 0 ? 2 : i % 6 < 5 ? 0 : i < 6 ? to : from);
        }
        return frame;
    }

    @Test
    final void exchange() throws InterruptedException {
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
    final void framesOfEveryLengthArrive() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        for (int length : new int[] {14, 15, 60, 1514, 2047, 2048, 2049, 4096, 9018, 64 * 2048}) {
            a.send(frame(255, 1, length)).sync();
            b.assertReceives(frame(255, 1, length));
        }
    }

    @Test
    final void aFrameTheRingNeverTakesFailsAloneAndIsCounted() throws InterruptedException {
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
    final void aBurstIsOneSwitchFulAndTheRestIsDroppedByTheSwitch() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = new Port();
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false), "vale0:b");
        for (int i = 0; i < 1500; i++) {
            a.channel.write(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        }
        a.send(frame(255, 1, 60)).sync();
        await("it happens", () -> b.channel.deviceDrops().received() == dropped(1501 - 1023));
        b.channel.config().setAutoRead(true);
        for (int i = 0; i < 1023; i++) {
            b.assertReceives(frame(255, 1, 60));
        }
    }

    @Test
    final void aStoppedPipeReaderStopsTheWriterAndNothingIsLost() throws InterruptedException {
        Port a = open("vale0:p{1@conf:slots=16");
        Port b = new Port();
        open(b, bootstrap(b).option(ChannelOption.AUTO_READ, false), "vale0:p}1");
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
    final void withoutAutoReadEachReadGivesARound() throws InterruptedException {
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
    final void lendsItsBuffersAndCopiesWhenTheyRunOut() throws InterruptedException {
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
        // In another order than they came, and from this thread.
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
    final void aFrameLentIsPassedOnByIndexWithinItsRegion() throws InterruptedException {
        Port in = open("vale0:in@conf:slots=64");
        Port out = open("vale0:in{1");
        Port end = open("vale0:in}1");
        Port other = open("vale1:x");
        Port sink = open("vale1:y");
        Port source = open("vale0:source");
        for (int i = 0; i < ROUNDS; i++) {
            byte[] sent = frame(255, 1, 60 + i % 1400);
            source.send(sent).sync();
            out.channel.writeAndFlush(in.take()).sync();
            end.assertReceives(sent);
        }
        assertThat(in.channel.lentFrames()).isEqualTo(ROUNDS);
        assertThat(out.channel.swappedFrames()).isEqualTo(ROUNDS);
        assertThat(end.channel.lentFrames()).isEqualTo(ROUNDS);

        // Into another region, or when somebody else has the frame too, it is copied.
        source.send(frame(255, 1, 60)).sync();
        other.channel.writeAndFlush(in.take()).sync();
        sink.assertReceives(frame(255, 1, 60));
        assertThat(other.channel.swappedFrames()).isZero();
        source.send(frame(255, 1, 60)).sync();
        ByteBuf shared = in.take();
        out.channel.writeAndFlush(shared.retain()).sync();
        end.assertReceives(frame(255, 1, 60));
        assertThat(out.channel.swappedFrames()).isEqualTo(ROUNDS);
        assertThat(shared).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        shared.release();
    }

    @Test
    final void whatIsLentOutlivesItsChannelAndPinsThePort() throws InterruptedException {
        Port a = open("vale0:a");
        Port b = open("vale0:b");
        a.send(frame(255, 1, 60)).sync();
        a.send(frame(255, 1, 61)).sync();
        ByteBuf first = b.take();
        ByteBuf second = b.take();
        b.channel.close().sync();
        assertThat(Netmap.pinnedPorts()).containsExactly("vale0:b (" + netmap().name() + " netmap)");
        assertThat(first).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 60)));
        first.release();
        assertThat(Netmap.pinnedPorts()).hasSize(1);
        assertThat(second).isEqualTo(Unpooled.wrappedBuffer(frame(255, 1, 61)));
        second.release();
        assertThat(Netmap.pinnedPorts()).isEmpty();
        a.send(frame(255, 1, 60)).sync();
    }

    @Test
    final void aHandlerMayCloseTheChannelInTheMiddleOfARound() throws InterruptedException {
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
        // A promise is kept when the frame is in the ring; the sync follows.
        a.channel.eventLoop().submit(() -> { }).sync();
        b.channel.read();
        b.assertReceives(frame(255, 1, 60));
        b.channel.closeFuture().sync();
        assertThat(b.frames).isEmpty();
        assertThat(b.errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 12})
    final void aHeaderIsSetOnAValePort(int bytes) throws InterruptedException {
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
    final void ofSeveralHeadersTheFirstThatNetmapHasIsTaken() throws InterruptedException {
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

    @Test
    final void whatIsWrongFailsTheBindAndLeavesNothing() throws NetmapException {
        assertThatThrownBy(() -> open("vale0:a^")).isInstanceOf(NetmapException.class);
        Port port = new Port();
        assertThatThrownBy(() -> open(port, bootstrap(port).option(FrameChannelOption.VNET_HEADER,
            VnetHeaderLength.HASH), "vale0:a")).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("0, 10 or 12");
        assertThatThrownBy(() -> open(port, bootstrap(new Port()).option(NetmapChannelOption.LENT_BUFFERS, -1),
            "vale0:a")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("LENT_BUFFERS");
        assertThatThrownBy(() -> bootstrap(new Port()).bind(new InetSocketAddress(0)).sync())
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NetmapAddress");
        assertNoPorts();
    }

    /** Whoever waits for a promise adds to its cause, as Netty's own sync() does. */
    @Test
    final void aRefusalIsItsFramesOwn() throws InterruptedException {
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
    final void theLoopsEndClosesTheChannel() throws InterruptedException {
        Port a = open("vale0:a");
        Channel channel = a.channel;
        ports.clear();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        assertThat(channel.closeFuture().await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    final void severalRingsKeepAFlowInOrder() throws InterruptedException {
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
}
