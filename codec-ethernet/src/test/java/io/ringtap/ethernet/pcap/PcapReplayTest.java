/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.ethernet.pcap;

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** On a local channel: a replay needs an event loop on another thread. */
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
                    // A local channel may put several messages into one.
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
