/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.loop;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.ringtap.internal.loop.LoopAdapters;
import io.ringtap.internal.loop.RecordingListener;
import io.ringtap.testsuite.TestLoops;
import io.ringtap.testsuite.TestLoops.TestLoop;
import io.ringtap.testsuite.system.DescriptorPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Event loops of every kind that spin for a while before they sleep. */
@Timeout(60)
class SpinningLoopTest {
    private static final Runnable NOOP = () -> { };
    private static final Duration EVER = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(1);
    private static final int MANY = 20_000;

    private final RecordingIoHandler.Record record = new RecordingIoHandler.Record();
    private EventLoopGroup group;

    @AfterEach
    void close() throws Exception {
        if (group != null) {
            assertThat(group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(20_000)).isTrue();
            assertThat(record.destroyed).hasValue(1);
        }
    }

    private IoEventLoop start(IoHandlerFactory kind, Duration bound) {
        group = new MultiThreadIoEventLoopGroup(1, SpinningIoHandler.newFactory(record.factory(kind), bound));
        return (IoEventLoop) group.next();
    }

    /** Whether the loop sleeps for a while without waking up. An earlier wake-up may end the first sleep. */
    private boolean sleepsOn() {
        int looks = record.looks.get();
        int sleeps = record.sleeps.get();
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return record.isAsleep() && record.looks.get() == looks && record.sleeps.get() == sleeps;
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void sleepsWhenTheTimeIsOver(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), SHORT);
        loop.submit(NOOP).sync();
        await("the loop to sleep on", this::sleepsOn);
        assertThat(record.looks).hasPositiveValue();
        int looks = record.looks.get();
        loop.submit(NOOP).sync();
        assertThat(record.wakeups).hasPositiveValue();
        await("the loop to look, and to sleep again", () -> record.looks.get() > looks && record.isAsleep());
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void anEventKeepsItAwakeForAWhile(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), SHORT);
        try (DescriptorPair pipe = DescriptorPair.pipe()) {
            RecordingListener heard = new RecordingListener();
            heard.onReadable = () -> pipe.drain(pipe.first());
            Readiness readiness = loop.submit(() -> {
                Readiness made = LoopAdapters.find(loop).orElseThrow().register(loop, pipe.first(), heard);
                made.want(true, false);
                return made;
            }).get();
            for (int i = 1; i <= 5; i++) {
                int count = i;
                await("the loop to sleep", record::isAsleep);
                int looks = record.looks.get();
                pipe.write(pipe.second());
                await("event " + i, () -> heard.readable.get() == count && record.looks.get() > looks);
            }
            loop.submit(readiness::cancel).sync();
        }
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void tasksAndTimersRunWhileItLooks(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), EVER);
        for (int i = 0; i < MANY; i++) {
            loop.submit(NOOP).get(10, TimeUnit.SECONDS);
        }
        AtomicInteger ticks = new AtomicInteger();
        loop.scheduleAtFixedRate(ticks::incrementAndGet, 0, 1, TimeUnit.MILLISECONDS);
        await("ten ticks", () -> ticks.get() >= 10);
        assertThat(record.sleeps).hasValue(0);
        assertThat(record.wakeups).hasValue(0);
    }

    /** A task that comes while the loop goes to sleep must not be lost, and must not wait. */
    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void noTaskIsMissedBetweenLookingAndSleeping(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), Duration.ofNanos(2_000));
        for (int i = 0; i < MANY; i++) {
            loop.submit(NOOP).get(10, TimeUnit.SECONDS);
            for (int pause = i % 500; pause > 0; pause--) {
                Thread.onSpinWait();
            }
        }
        assertThat(record.looks).hasPositiveValue();
        assertThat(record.sleeps).hasPositiveValue();
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void timersWakeItUp(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), SHORT);
        loop.submit(NOOP).sync();
        await("the loop to sleep", record::isAsleep);
        AtomicInteger ticks = new AtomicInteger();
        loop.scheduleAtFixedRate(ticks::incrementAndGet, 20, 20, TimeUnit.MILLISECONDS);
        int awakenings = record.awakenings.get();
        // On a busy machine, one wake-up may be so late that two ticks are due.
        await("five ticks and as many awakenings",
            () -> ticks.get() >= 5 && record.awakenings.get() - awakenings >= 5);
    }

    @ParameterizedTest
    @MethodSource("io.ringtap.testsuite.TestLoops#all")
    void shutsDownWithAQuietPeriod(TestLoop kind) throws Exception {
        IoEventLoop loop = start(kind.factory(), EVER);
        loop.submit(NOOP).sync();
        loop.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS);
        assertThat(loop.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closesNettysSocketsThoughItEndsAtOnce() throws Exception {
        for (int run = 0; run < 200; run++) {
            EventLoopGroup own = new MultiThreadIoEventLoopGroup(1,
                SpinningIoHandler.newFactory(loop(FrameLoop.EPOLL).factory(), SHORT));
            // The future is done while the loop is still running the task that binds.
            Channel channel = bind((IoEventLoop) own.next(), new EpollDatagramChannel(), new Silent());
            assertThat(own.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(20_000)).isTrue();
            assertThat(channel.isOpen()).as("open after the end of its loop, in run %d", run).isFalse();
        }
    }

    private static final class Silent extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            // No frames come.
        }
    }

    @Test
    void carriesNettysSocketsOnEpoll() throws Exception {
        echoDatagrams(loop(FrameLoop.EPOLL).factory(), new EpollDatagramChannel(), new EpollDatagramChannel());
    }

    @Test
    void carriesNettysSocketsOnIoUring() throws Exception {
        IoHandlerFactory factory = loop(FrameLoop.IO_URING).factory();
        echoDatagrams(factory, new IoUringDatagramChannel(), new IoUringDatagramChannel());
    }

    @Test
    void carriesNettysSocketsOnNio() throws Exception {
        echoDatagrams(NioIoHandler.newFactory(), new NioDatagramChannel(), new NioDatagramChannel());
    }

    private static TestLoop loop(FrameLoop kind) {
        return TestLoops.all().filter(loop -> loop.kind() == kind).findFirst().orElseThrow();
    }

    private void echoDatagrams(IoHandlerFactory kind, DatagramChannel server, DatagramChannel client)
        throws Exception {
        IoEventLoop loop = start(kind, SHORT);
        Channel echo = bind(loop, server, new SimpleChannelInboundHandler<DatagramPacket>() {
            @Override
            protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                context.writeAndFlush(new DatagramPacket(packet.content().retain(), packet.sender()));
            }
        });
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        Channel asking = bind(loop, client, new SimpleChannelInboundHandler<DatagramPacket>() {
            @Override
            protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                answer.complete(packet.content().readInt());
            }
        });
        await("the loop to sleep", record::isAsleep);
        ByteBuf question = Unpooled.buffer().writeInt(42);
        asking.writeAndFlush(new DatagramPacket(question, (InetSocketAddress) echo.localAddress())).sync();
        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(42);
        asking.close().sync();
        echo.close().sync();
    }

    private static Channel bind(IoEventLoop loop, DatagramChannel channel,
                                SimpleChannelInboundHandler<DatagramPacket> handler) throws Exception {
        return new Bootstrap().group(loop).channelFactory(() -> channel).handler(handler)
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).sync().channel();
    }
}
