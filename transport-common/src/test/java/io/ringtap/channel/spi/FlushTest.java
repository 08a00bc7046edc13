/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.DeviceDrops;
import io.ringtap.channel.FrameChannelConfig;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.loop.LoopAdapter;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.internal.loop.Operations;
import io.ringtap.loop.FrameLoop;
import io.ringtap.loop.Readiness;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.LinkLayer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Flushes of a backlog, and flushes on an event loop that the channel has left. */
class FlushTest {
    private final EventLoopGroup first = new MultiThreadIoEventLoopGroup(1, FrameLoop.POLL.newFactory());
    private final EventLoopGroup second = new MultiThreadIoEventLoopGroup(1, FrameLoop.POLL.newFactory());
    private final Device device = new Device();
    private final DeviceChannel channel = new DeviceChannel();
    private boolean completes;
    /** What the event loop writes by itself, in order. On the event loop. */
    private final List<Integer> underWay = new ArrayList<>();
    private Operations.Listener listener;

    private final class DeviceChannel extends AbstractFrameChannel {
        private final FrameChannelConfig config = new DefaultFrameChannelConfig(this);

        @Override
        protected FrameDevice openDevice(SocketAddress localAddress) {
            return device;
        }

        @Override
        public FrameChannelConfig config() {
            return config;
        }

        @Override
        public LinkLayer linkLayer() {
            return LinkLayer.ETHERNET;
        }
    }

    /** Takes all frames and has none to read. */
    private static final class Device implements PlainFrameDevice {
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private volatile int written;

        @Override
        public int write(ByteBuf frame) {
            threads.add(Thread.currentThread());
            written++;
            return WRITTEN;
        }

        @Override
        public SocketAddress localAddress() {
            return new InetSocketAddress(1);
        }

        @Override
        public int descriptor() {
            return 0;
        }

        @Override
        public int vnetHeaderLength() {
            return 0;
        }

        @Override
        public int receiveCapacity() {
            return 100;
        }

        @Override
        public void read(FrameSink sink) {
        }

        @Override
        public void truncated(FrameSink sink) {
        }

        @Override
        public boolean canBeFull() {
            return false;
        }

        @Override
        public void endOfFlush() {
        }

        @Override
        public IOException failure() {
            return new IOException("of this test");
        }

        @Override
        public DeviceDrops drops() {
            return DeviceDrops.UNKNOWN;
        }

        @Override
        public void close() {
        }
    }

    /** A registration of no descriptor, with writes that complete when the test says so. */
    private final class StandInOperations implements Operations {
        @Override
        public void read(int slot, long address, int length) {
        }

        @Override
        public void write(int slot, long address, int length) {
            underWay.add(length);
        }

        @Override
        public void want(boolean read, boolean write) {
        }

        @Override
        public void cancel() {
        }
    }

    @BeforeEach
    void standIn() {
        LoopAdapters.decorate(real -> new LoopAdapter() {
            @Override
            public String name() {
                return real.name();
            }

            @Override
            public Readiness register(IoEventLoop loop, int descriptor, Readiness.Listener told) {
                return new StandInOperations();
            }

            @Override
            public boolean completes() {
                return completes;
            }

            @Override
            public Operations operations(IoEventLoop loop, int descriptor, Operations.Listener told) {
                listener = told;
                return new StandInOperations();
            }
        });
    }

    @AfterEach
    void shutDown() throws InterruptedException {
        first.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        second.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        LoopAdapters.decorate(UnaryOperator.identity());
    }

    private void bind(boolean completing) throws InterruptedException {
        completes = completing;
        new Bootstrap().group(first).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
            .bind(device.localAddress()).sync();
    }

    private void moveToSecond() throws InterruptedException {
        channel.deregister().sync();
        second.register(channel).sync();
    }

    private static ByteBuf frame(int number) {
        return Unpooled.directBuffer(60).writeBytes(TestFrames.frame(number));
    }

    @Test
    void aFlushOnTheEventLoopThatWasLeftIsDoneByTheOther() throws Exception {
        bind(false);
        EventLoop left = channel.eventLoop();
        moveToSecond();
        ChannelFuture written = channel.eventLoop().submit(() -> {
            ChannelFuture future = channel.write(frame(1));
            channel.unsafe().outboundBuffer().addFlush();
            return future;
        }).get();
        left.submit(channel::flushNow).sync();
        assertThat(written.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(written.cause()).isNull();
        assertThat(device.threads).allMatch(thread -> !left.inEventLoop(thread)).hasSize(1);
        channel.close().sync();
    }

    /** A frame that does something when it is released. */
    private static final class LastWords extends UnpooledDirectByteBuf {
        private final Runnable words;

        LastWords(Runnable words) {
            super(UnpooledByteBufAllocator.DEFAULT, 60, 60);
            this.words = words;
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            words.run();
        }
    }

    /** The batch in front is known to the event loop that takes its frames out, and to no other. */
    @Test
    void aFlushOnTheEventLoopThatWasLeftTouchesNothingOfTheOther() throws Exception {
        bind(true);
        EventLoop left = channel.eventLoop();
        moveToSecond();
        ByteBuf one = new LastWords(() -> left.submit(channel::flushNow).syncUninterruptibly());
        one.writeBytes(TestFrames.frame(1));
        FrameBatch batch = FrameBatch.newInstance().add(one).add(frame(2));
        ChannelFuture written = channel.eventLoop().submit(() -> {
            ChannelFuture future = channel.writeAndFlush(batch);
            assertThat(underWay).containsExactly(60, 60);
            listener.writeDone(0, 60);
            listener.writeDone(1, 60);
            return future;
        }).get(10, TimeUnit.SECONDS);
        assertThat(written.await(10, TimeUnit.SECONDS)).as("the promise is done").isTrue();
        assertThat(written.cause()).isNull();
        assertThat(channel.stats().txFrames()).isEqualTo(2);
        channel.close().sync();
    }

    /** Each flush of a backlog writes as much as it may; the rest does not take more turns for that. */
    @Test
    void aBacklogHasOneTurnAtATime() throws Exception {
        int frames = 200;
        int flushes = 20;
        bind(false);
        channel.config().setOption(ChannelOption.MAX_MESSAGES_PER_WRITE, 1);
        List<Integer> seen = new ArrayList<>();
        EventLoop loop = channel.eventLoop();
        Runnable look = new Runnable() {
            @Override
            public void run() {
                seen.add(device.written);
                if (device.written < frames) {
                    loop.schedule(this, 0, TimeUnit.NANOSECONDS);
                }
            }
        };
        loop.submit(() -> {
            for (int i = 0; i < frames; i++) {
                channel.write(frame(i));
            }
            for (int i = 0; i < flushes; i++) {
                channel.flush();
            }
            look.run();
        }).sync();
        await("all frames", () -> device.written == frames);
        loop.submit(() -> { }).sync();
        assertThat(seen.get(0)).isEqualTo(flushes);
        for (int i = 1; i < seen.size(); i++) {
            assertThat(seen.get(i) - seen.get(i - 1)).as("frames of one turn, of %s", seen).isLessThanOrEqualTo(2);
        }
        channel.close().sync();
    }
}
