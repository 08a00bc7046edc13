/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.nic;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.nic.xdp.UmemKind;
import io.ringtap.internal.nic.xdp.UmemPool;
import io.ringtap.internal.nic.xdp.XdpSocket;
import io.ringtap.testkit.FaultyAllocator;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.system.PacketSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The memory of frames that AF_XDP sockets lend and share. */
class XdpMemoryTest extends VethTest {
    private final List<Channel> open = new ArrayList<>();

    @BeforeEach
    void secondPair() throws IOException {
        namespace.ip("link", "add", "vc", "type", "veth", "peer", "name", "vd");
        namespace.ip("link", "set", "vc", "up");
        namespace.ip("link", "set", "vd", "up");
        assertThat(mappings()).as("memory that is mapped").isZero();
    }

    @AfterEach
    void nothingIsMapped() throws Exception {
        for (Channel channel : open) {
            channel.close().await(10, TimeUnit.SECONDS);
        }
        assertThat(mappings()).as("memory that is mapped").isZero();
    }

    private static long mappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("ringtap-umem")).count();
        }
    }

    private XdpChannel open(String name, EventLoop loop, boolean batches, int shares, ChannelHandler handler)
        throws InterruptedException {
        Channel channel = new Bootstrap().group(loop).channel(XdpChannel.class).handler(handler)
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(XdpChannelOption.MEMORY_SHARES, shares)
            .option(FrameChannelOption.READ_BATCHES, batches).bind(new XdpAddress(name)).sync().channel();
        open.add(channel);
        return (XdpChannel) channel;
    }

    private static UmemPool pool(XdpChannel channel) {
        return channel.xdpDevice().socket().pool();
    }

    /** Passes on what is read to the other of two channels. */
    private static final class Join extends ChannelInboundHandlerAdapter {
        private volatile Channel other;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            other.write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            other.flush();
        }
    }

    /** More frames than either has chunks, back and forth, so that chunks go from one to the other again and again. */
    @ParameterizedTest
    @CsvSource({"true,1,2", "false,1,2", "true,2,2", "false,2,2", "true,1,1", "false,2,1"})
    void framesGoFromOneChannelToTheOther(boolean batches, int loops, int shares) throws Exception {
        Join toC = new Join();
        Join toA = new Join();
        EventLoop first = group.next();
        XdpChannel a = open("va", first, batches, shares, toC);
        XdpChannel c = open("vc", loops == 1 ? first : group.next(), batches, shares, toA);
        toC.other = c;
        toA.other = a;
        PacketSocket b = packetSocket("vb");
        PacketSocket d = packetSocket("vd");
        int rounds = 6 * XdpSocket.RING / 64;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < 64; i++) {
                int number = round * 64 + i;
                b.send(TestFrames.frame(number, 60 + number % 1400));
                d.send(TestFrames.frame(-number, 60 + number % 1400));
            }
            for (int i = 0; i < 64; i++) {
                int number = round * 64 + i;
                assertThat(XdpChannelTest.received(d)).isEqualTo(TestFrames.frame(number, 60 + number % 1400));
                assertThat(XdpChannelTest.received(b)).isEqualTo(TestFrames.frame(-number, 60 + number % 1400));
            }
        }
        int frames = rounds * 64;
        assertThat(a.stats().rxFrames()).isGreaterThanOrEqualTo(frames);
        if (shares == 1) {
            assertThat(pool(a).forwarded() + pool(c).forwarded()).as("own memory").isZero();
        } else if (loops == 1) {
            assertThat(pool(a).forwarded()).as("without a copy").isEqualTo(a.stats().txFrames());
            assertThat(pool(c).forwarded()).as("without a copy").isEqualTo(c.stats().txFrames());
        } else {
            assertThat(pool(c).forwarded()).as("without a copy").isPositive();
        }
        assertThat(a.deviceDrops().received() + c.deviceDrops().received()).isZero();
    }

    /** Keeps what it is given, each retained. */
    private static final class Keeper extends ChannelInboundHandlerAdapter {
        private final List<ByteBuf> kept = new CopyOnWriteArrayList<>();
        private final List<Throwable> caught = new CopyOnWriteArrayList<>();

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            caught.add(cause);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof FrameBatch batch) {
                for (ByteBuf frame; (frame = batch.poll()) != null;) {
                    keep(frame);
                }
                batch.release();
            } else {
                keep((ByteBuf) message);
            }
        }

        private void keep(ByteBuf frame) {
            if (TestFrames.isOurs(frame)) {
                kept.add(frame);
            } else {
                frame.release();
            }
        }
    }

    /** Those that find no chunk to be lent are copied, and there is still one to send with. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void heldFramesKeepNothingFromBeingReceivedOrSent(boolean batches) throws Exception {
        Keeper keeper = new Keeper();
        XdpChannel a = open("va", group.next(), batches, 2, keeper);
        PacketSocket b = packetSocket("vb");
        int frames = UmemPool.MOST_LENT + XdpSocket.RING + 100;
        for (int i = 0; i < frames; i++) {
            b.send(TestFrames.frame(i));
            int sent = i + 1;
            if (sent % 64 == 0 || sent == frames) {
                await("frames", () -> keeper.kept.size() == sent);
            }
        }
        assertThat(pool(a).lent()).isGreaterThanOrEqualTo(UmemPool.MOST_LENT).isLessThan(frames);
        assertThat(write(a, TestFrames.frame(-1))).isNull();
        assertThat(XdpChannelTest.received(b)).isEqualTo(TestFrames.frame(-1));
        for (int i = 0; i < frames; i++) {
            ByteBuf frame = keeper.kept.get(i);
            assertThat(ByteBufUtil.getBytes(frame)).isEqualTo(TestFrames.frame(i));
            // On this thread, which is not that of the channel.
            assertThat(frame.release()).isTrue();
        }
        keeper.kept.clear();
        long before = pool(a).lent();
        b.send(TestFrames.frame(7));
        await("a frame", () -> keeper.kept.size() == 1);
        assertThat(pool(a).lent()).as("chunks are lent again").isGreaterThan(before);
        ReferenceCountUtil.release(keeper.kept.remove(0));
    }

    /** A frame would have to be copied then: it waits in the ring, and the handler is told once. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void framesWaitWhileAllChunksAreLentAndThereIsNoMemory(boolean batches) throws Exception {
        Keeper keeper = new Keeper();
        AtomicBoolean exhausted = new AtomicBoolean();
        XdpChannel a = open("va", group.next(), batches, 2, keeper);
        a.config().setAllocator(new FaultyAllocator(() -> {
            if (exhausted.get()) {
                throw new OutOfMemoryError("on purpose");
            }
        }));
        PacketSocket b = packetSocket("vb");
        for (int i = 0; i < UmemPool.MOST_LENT; i++) {
            b.send(TestFrames.frame(i));
            int sent = i + 1;
            if (sent % 64 == 0) {
                await("frames", () -> keeper.kept.size() == sent);
            }
        }
        exhausted.set(true);
        for (int i = 0; i < 3; i++) {
            b.send(TestFrames.frame(UmemPool.MOST_LENT + i));
        }
        await("the exception", () -> !keeper.caught.isEmpty());
        assertThat(keeper.kept).hasSize(UmemPool.MOST_LENT);
        exhausted.set(false);
        await("frames", () -> keeper.kept.size() == UmemPool.MOST_LENT + 3);
        for (int i = 0; i < keeper.kept.size(); i++) {
            assertThat(ByteBufUtil.getBytes(keeper.kept.get(i))).isEqualTo(TestFrames.frame(i));
            keeper.kept.get(i).release();
        }
        assertThat(keeper.caught).singleElement().satisfies(cause -> assertThat(cause).hasMessage("on purpose"));
        assertThat(a.stats().rxDrops()).isZero();
    }

    /** What was lent outlives the channel, and its memory goes with the last of it. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void lentFramesOutliveTheChannels(boolean batches) throws Exception {
        Keeper keeper = new Keeper();
        XdpChannel a = open("va", group.next(), batches, 2, keeper);
        XdpChannel c = open("vc", group.next(), batches, 2, new Discard());
        PacketSocket b = packetSocket("vb");
        for (int i = 0; i < 3; i++) {
            b.send(TestFrames.frame(i));
        }
        await("frames", () -> keeper.kept.size() == 3);
        a.close().sync();
        c.close().sync();
        for (int i = 0; i < 3; i++) {
            assertThat(mappings()).isEqualTo(1);
            ByteBuf frame = keeper.kept.get(i);
            assertThat(ByteBufUtil.getBytes(frame)).isEqualTo(TestFrames.frame(i));
            assertThat(frame.release()).isTrue();
            assertThat(frame.refCnt()).isZero();
            assertThatThrownBy(() -> frame.getByte(0)).isInstanceOf(RuntimeException.class);
        }
        assertThat(mappings()).isZero();
    }

    /** A frame of a channel that is closed meanwhile is sent from where it lies as well. */
    @Test
    void aFrameOfAClosedChannelIsSentByTheOther() throws Exception {
        Keeper keeper = new Keeper();
        XdpChannel a = open("va", group.next(), true, 2, keeper);
        XdpChannel c = open("vc", group.next(), true, 2, new Discard());
        packetSocket("vb").send(TestFrames.frame(1));
        await("a frame", () -> keeper.kept.size() == 1);
        a.close().sync();
        PacketSocket d = packetSocket("vd");
        c.writeAndFlush(keeper.kept.remove(0)).sync();
        assertThat(XdpChannelTest.received(d)).isEqualTo(TestFrames.frame(1));
        assertThat(pool(c).forwarded()).isEqualTo(1);
    }

    /** A channel takes the place of one that was closed; one for which there is no place has memory of its own. */
    @Test
    void placesInTheMemoryAreGivenAgain() throws Exception {
        XdpChannel a = open("va", group.next(), true, 2, new Discard());
        XdpChannel c = open("vc", group.next(), true, 2, new Discard());
        assertThat(mappings()).isEqualTo(1);
        XdpChannel b = open("vb", group.next(), true, 2, new Discard());
        assertThat(mappings()).as("no place for a third one").isEqualTo(2);
        b.close().sync();
        assertThat(mappings()).isEqualTo(1);
        for (int i = 0; i < 5; i++) {
            a.close().sync();
            a = open("va", group.next(), true, 2, new Discard());
            assertThat(mappings()).as("the place of the one before").isEqualTo(1);
        }
        // Whose memory it was is not needed.
        c.close().sync();
        PacketSocket far = packetSocket("vb");
        a.writeAndFlush(Unpooled.copiedBuffer(TestFrames.frame(1))).sync();
        assertThat(XdpChannelTest.received(far)).isEqualTo(TestFrames.frame(1));
    }

    @Test
    void hugePagesAreUsedOrMissedWithAReason() throws Exception {
        Bootstrap bootstrap = new Bootstrap().group(group).channel(XdpChannel.class).handler(new FrameCollector())
            .option(XdpChannelOption.NETWORK_NAMESPACE, namespace.name())
            .option(XdpChannelOption.MEMORY_SHARES, UmemKind.MAX_SOCKETS).option(XdpChannelOption.HUGE_PAGES, true);
        // Half a gigabyte of them: more than there are, or the memory of all these channels.
        var bound = bootstrap.bind(new XdpAddress("va")).await();
        if (bound.isSuccess()) {
            open.add(bound.channel());
        } else {
            assertThat(bound.cause()).isInstanceOf(IOException.class).hasMessageContaining("vm.nr_hugepages");
        }
    }

    /** Releases what comes. */
    private static final class Discard extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
