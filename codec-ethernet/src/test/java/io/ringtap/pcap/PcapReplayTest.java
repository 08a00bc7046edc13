/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.pcap;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Uses a local channel, as a replay needs an event loop on another thread. */
@Timeout(30)
class PcapReplayTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final LinkedBlockingQueue<Integer> arrived = new LinkedBlockingQueue<>();
    private volatile int frameLength = 60;
    private Channel server;
    private Channel channel;

    @BeforeEach
    void connect() throws Exception {
        LocalAddress address = new LocalAddress(PcapReplayTest.class);
        CountDownLatch accepted = new CountDownLatch(1);
        server = new ServerBootstrap().group(group).channel(LocalServerChannel.class)
            .childHandler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelActive(ChannelHandlerContext ctx) {
                    accepted.countDown();
                }

                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    ByteBuf frame = (ByteBuf) msg;
                    // A local channel may join several messages.
                    for (int end = frameLength; end <= frame.readableBytes(); end += frameLength) {
                        arrived.add(frame.getInt(end - 4));
                    }
                    frame.release();
                }
            }).bind(address).sync().channel();
        channel = new Bootstrap().group(group).channel(LocalChannel.class).handler(new ChannelInboundHandlerAdapter())
            .connect(address).sync().channel();
        accepted.await();
    }

    @AfterEach
    void shutDown() {
        channel.close().syncUninterruptibly();
        server.close().syncUninterruptibly();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static PcapReader capture(int packets, int nanosApart) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(24 + packets * 76).putInt(0xa1b23c4d).putShort((short) 2)
            .putShort((short) 4).putLong(0).putInt(65535).putInt(1);
        for (int i = 0; i < packets; i++) {
            file.putInt(5).putInt(i * nanosApart).putInt(60).putInt(60).put(new byte[56]).putInt(i);
        }
        return new PcapReader(new ByteArrayInputStream(file.array()), UnpooledByteBufAllocator.DEFAULT);
    }

    private void assertArrived(int packets) throws InterruptedException {
        for (int i = 0; i < packets; i++) {
            assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo(i);
        }
        assertThat(arrived).isEmpty();
    }

    @Test
    void writesEveryPacketInOrder() throws Exception {
        try (PcapReader reader = capture(1000, 1)) {
            PcapReplay replay = new PcapReplay(reader, channel);
            assertThat(replay.run()).isEqualTo(1000);
            assertArrived(1000);
        }
    }

    @Test
    void keepsTheRecordedPaceAndTheVnetHeader() throws Exception {
        frameLength = 72;
        try (PcapReader reader = capture(5, 40_000_000)) {
            PcapReplay replay = new PcapReplay(reader, channel, 12).atRecordedPace(2);
            long begin = System.nanoTime();
            assertThat(replay.run()).isEqualTo(5);
            assertThat(System.nanoTime() - begin).as("never early").isGreaterThanOrEqualTo(80_000_000L);
            assertArrived(5);
        }
    }

    @Test
    void keepsAGivenRate() throws Exception {
        try (PcapReader reader = capture(11, 0)) {
            long begin = System.nanoTime();
            new PcapReplay(reader, channel).atRate(100).run();
            assertThat(System.nanoTime() - begin).as("never early").isGreaterThanOrEqualTo(100_000_000L);
            assertArrived(11);
        }
    }

    @Test
    void countsWhatTheChannelRefuses() throws Exception {
        channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                if (((ByteBuf) msg).getInt(56) % 2 == 1) {
                    ((ByteBuf) msg).release();
                    promise.setFailure(new IOException("refused"));
                } else {
                    ctx.write(msg, promise);
                }
            }
        });
        try (PcapReader reader = capture(10, 0)) {
            PcapReplay replay = new PcapReplay(reader, channel);
            replay.run();
            channel.writeAndFlush(Unpooled.buffer().writeInt(99)).sync();
            assertThat(replay.sent()).isEqualTo(5);
            assertThat(replay.failed()).isEqualTo(5);
        }
    }

    /** A pcapng file in big-endian order, made block by block. Times are in nanoseconds. */
    private static final class Pcapng {
        private final ByteBuffer file = ByteBuffer.allocate(8192);
        private int packets;

        Pcapng() {
            file.putInt(0x0a0d0d0a).putInt(28).putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1)
                .putInt(28);
        }

        Pcapng describe(int linkType, int fcsBits) {
            file.putInt(1).putInt(40).putShort((short) linkType).putShort((short) 0).putInt(0);
            file.putShort((short) 9).putShort((short) 1).putInt(9 << 24);
            file.putShort((short) 13).putShort((short) 1).putInt(fcsBits << 24);
            file.putInt(0).putInt(40);
            return this;
        }

        private Pcapng data(int length) {
            file.put(new byte[56]).putInt(packets++).put(new byte[length - 60]);
            return this;
        }

        Pcapng packet(int id, long nanos, int length, int original) {
            file.putInt(6).putInt(32 + length).putInt(id).putLong(nanos).putInt(length).putInt(original);
            data(length).file.putInt(32 + length);
            return this;
        }

        Pcapng simple() {
            file.putInt(3).putInt(16 + 60).putInt(60);
            data(60).file.putInt(16 + 60);
            return this;
        }

        PcapReader reader() throws IOException {
            return new PcapReader(new ByteArrayInputStream(file.array(), 0, file.position()),
                UnpooledByteBufAllocator.DEFAULT);
        }
    }

    private static final long TODAY = 1_700_000_000_000_000_000L;

    @Test
    void packetsWithoutATimeGoRightBehindTheOneBefore() throws Exception {
        Pcapng file = new Pcapng().describe(1, 0).simple().packet(0, TODAY, 60, 60).simple()
            .packet(0, TODAY + 100_000_000, 60, 60).simple();
        try (PcapReader reader = file.reader()) {
            PcapReplay replay = new PcapReplay(reader, channel).atRecordedPace(1);
            long begin = System.nanoTime();
            assertThat(replay.run()).isEqualTo(5);
            assertThat(System.nanoTime() - begin).isBetween(100_000_000L, 9_000_000_000L);
            assertArrived(5);
            assertThat(replay.untimed()).isEqualTo(3);
            assertThat(replay.leaps()).isZero();
        }
    }

    @Test
    void noLeapOfTheClockIsLongerThanTheLongestGap() throws Exception {
        Pcapng file = new Pcapng().describe(1, 0).packet(0, TODAY, 60, 60)
            .packet(0, TODAY + 1_000_000, 60, 60).packet(0, TODAY + 500_000, 60, 60)
            .packet(0, Long.MAX_VALUE, 60, 60).packet(0, 0, 60, 60).packet(0, 40_000_000, 60, 60);
        try (PcapReader reader = file.reader()) {
            PcapReplay replay = new PcapReplay(reader, channel).atRecordedPace(1).maxGap(Duration.ofMillis(100));
            long begin = System.nanoTime();
            assertThat(replay.run()).isEqualTo(6);
            assertThat(System.nanoTime() - begin).as("1 + 100 + 40 ms").isBetween(141_000_000L, 9_000_000_000L);
            assertArrived(6);
            assertThat(replay.leaps()).as("a little out of order is none").isEqualTo(2);
        }
    }

    @Test
    void theRecordedClockSurvivesAnyTimes() {
        RecordedClock clock = new RecordedClock(100);
        long[] stamps = {5, 105, 104, 206, 100, 199, Long.MAX_VALUE, Long.MIN_VALUE + 1, Long.MAX_VALUE, 0};
        long[] gaps = {0, 100, 0, 100, 0, 99, 100, 0, 100, 0};
        long[] leaps = {0, 0, 0, 1, 2, 2, 3, 4, 5, 6};
        for (int i = 0; i < stamps.length; i++) {
            assertThat(clock.gapTo(new CapturedPacket(stamps[i], Unpooled.EMPTY_BUFFER, 0, 0, 1, 0, null)))
                .as("packet %s", i).isEqualTo(gaps[i]);
            assertThat(clock.leaps()).as("packet %s", i).isEqualTo(leaps[i]);
        }
    }

    @Test
    void ratesAndSpeedsWithoutEndOverflowNothing() throws Exception {
        for (PcapReplay endless : new PcapReplay[] {new PcapReplay(capture(2, 1), channel).atRate(1e-300),
            new PcapReplay(capture(2, 1), channel).atRecordedPace(1e-300)}) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    endless.run();
                    ended.complete(null);
                } catch (Throwable cause) {
                    ended.complete(cause);
                }
            });
            thread.start();
            assertThat(arrived.poll(10, TimeUnit.SECONDS)).isZero();
            await("it waits for the second packet", () -> thread.getState() == Thread.State.TIMED_WAITING);
            thread.interrupt();
            assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            assertThat(arrived).as("the second is due in 10^300 seconds").isEmpty();
        }
    }

    @Test
    void passesOverLinkTypesThatTheChannelDoesNotTake() throws Exception {
        Pcapng file = new Pcapng().describe(1, 0).describe(113, 0).describe(101, 0).packet(0, 0, 60, 60)
            .packet(1, 0, 60, 60).packet(1, 0, 60, 60).packet(2, 0, 60, 60).packet(0, 0, 60, 60);
        try (PcapReader reader = file.reader()) {
            PcapReplay replay = new PcapReplay(reader, channel).linkTypes(type -> type == PcapLinkType.ETHERNET);
            assertThat(replay.run()).isEqualTo(2);
            assertThat(arrived.poll(10, TimeUnit.SECONDS)).isZero();
            assertThat(arrived.poll(10, TimeUnit.SECONDS)).isEqualTo(4);
            assertThat(replay.foreign()).isEqualTo(Map.of(113, 2L, 101, 1L));
        }
    }

    @Test
    void leavesTheFrameCheckSequenceOutAndCountsWhatWasCut() throws Exception {
        for (int vnetHeader : new int[] {0, 12}) {
            frameLength = 60 + vnetHeader;
            Pcapng file = new Pcapng().describe(1, 32).packet(0, 0, 64, 64).packet(0, 0, 60, 64).packet(0, 0, 60, 1500);
            try (PcapReader reader = file.reader()) {
                PcapReplay replay = new PcapReplay(reader, channel, vnetHeader);
                replay.run();
                assertArrived(3);
                assertThat(replay.truncated()).isEqualTo(1);
            }
        }
    }

    @Test
    void endsAtItsLimit() throws Exception {
        try (PcapReader reader = capture(10, 0)) {
            PcapReplay replay = new PcapReplay(reader, channel).limit(3);
            assertThat(replay.run()).isEqualTo(3);
            assertArrived(3);
        }
        try (PcapReader reader = capture(10, 0)) {
            assertThat(new PcapReplay(reader, channel).limit(0).run()).isZero();
        }
    }

    @Test
    void countsAPacketWhenItsPromiseSaysSo() throws Exception {
        List<ChannelPromise> held = new CopyOnWriteArrayList<>();
        channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                ((ByteBuf) msg).release();
                held.add(promise);
            }
        });
        try (PcapReader reader = capture(60, 0)) {
            PcapReplay replay = new PcapReplay(reader, channel);
            replay.run();
            channel.eventLoop().submit(() -> { }).sync();
            assertThat(held).hasSize(60);
            assertThat(replay.written()).isEqualTo(60);
            assertThat(replay.sent()).isZero();
            assertThat(replay.unsettled()).isEqualTo(60);
            // On the event loop, so that the listeners of the promises have run.
            channel.eventLoop().submit(() -> {
                for (int i = 0; i < 50; i++) {
                    if (i < 7) {
                        held.get(i).setSuccess();
                    } else {
                        held.get(i).setFailure(i < 9 ? new ClosedChannelException() : new IOException("reason " + i));
                    }
                }
            }).sync();
            assertThat(replay.sent()).isEqualTo(7);
            assertThat(replay.failed()).isEqualTo(43);
            assertThat(replay.unsettled()).isEqualTo(10);
            assertThat(replay.failures()).hasSize(33).containsEntry("the channel was closed", 2L)
                .containsEntry("reason 9", 1L).containsEntry("other reasons", 10L);
            channel.eventLoop().submit(() -> held.forEach(ChannelPromise::trySuccess)).sync();
            assertThat(replay.sent()).isEqualTo(17);
            assertThat(replay.unsettled()).isZero();
        }
    }

    @Test
    void endsWhenTheChannelCloses() throws Exception {
        channel.close().sync();
        try (PcapReader reader = capture(10, 0)) {
            assertThatThrownBy(() -> new PcapReplay(reader, channel).run()).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void endsWhenItsThreadIsInterrupted() throws Exception {
        try (PcapReader reader = capture(2, 999_999_999)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new PcapReplay(reader, channel).atRecordedPace(1e-6).run())
                .isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Test
    void refusesAnEventLoop() throws Exception {
        try (PcapReader reader = capture(1, 0)) {
            PcapReplay replay = new PcapReplay(reader, channel);
            assertThatThrownBy(() -> channel.eventLoop().submit(replay::run).sync())
                .hasMessageContaining("a thread of its own");
            assertThatThrownBy(() -> replay.atRate(0)).hasMessageContaining("rate 0.0");
            assertThatThrownBy(() -> replay.atRecordedPace(-1)).hasMessageContaining("speed -1.0");
        }
    }
}
