/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.testsuite;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.OpenDescriptors;
import io.ringtap.testkit.TestFrames;
import io.ringtap.virtio.VnetHeaderLength;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Registration, bind and close, and what is refused in between. */
abstract class LifecycleSuite extends ChannelTests {
    private static ByteBuf frame(long number) {
        return Unpooled.copiedBuffer(TestFrames.frame(number));
    }

    @Test
    void theStatesOfAChannel() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = register(collector);
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.isRegistered()).isTrue();
        assertThat(channel.isActive()).isFalse();
        assertThat(channel.localAddress()).isNull();
        assertThat(channel.parent()).isNull();
        assertThat(channel.metadata().hasDisconnect()).isFalse();

        bind(channel);
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.localAddress()).isNotNull();
        assertThat(channel.remoteAddress()).isNull();
        assertThat(channel.toString()).contains(channel.localAddress().toString());

        channel.close().sync();
        channel.close().sync();
        await("handlerRemoved", () -> collector.events().contains("handlerRemoved"));
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.isActive()).isFalse();
        assertThat(channel.closeFuture().isSuccess()).isTrue();
        assertThat(collector.events())
            .containsExactly("handlerAdded", "registered", "active", "inactive", "unregistered", "handlerRemoved");
        assertThat(collector.exceptions()).isEmpty();
        assertThatThrownBy(() -> channel.bind(testbed().address()).sync())
            .isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void bindTwiceIsRefusedAndHarmless() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        assertThat(causeOf(channel.bind(testbed().address()))).isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("already bound to " + channel.localAddress());
        assertThat(channel.isActive()).isTrue();
        send(1, 1);
        assertThat(collector.numbers(1)).containsExactly(1L);
    }

    @Test
    void anAddressOfAnotherKindIsRefused() throws Exception {
        FrameChannel channel = register(new FrameCollector());
        assertThat(causeOf(channel.bind(new InetSocketAddress("127.0.0.1", 0))))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("127.0.0.1");
        bind(channel);
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void connectIsRefusedAndHarmless() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        assertThat(causeOf(channel.connect(testbed().address()))).isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining("bind");
        assertThat(causeOf(channel.writeAndFlush(frame(1)))).isNull();
    }

    @Test
    void disconnectCloses() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.disconnect().sync();
        assertThat(channel.closeFuture().await(Await.PATIENCE_MILLIS)).isTrue();
    }

    @Test
    void closeForcibly() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        onLoop(channel, () -> {
            channel.unsafe().closeForcibly();
            return null;
        });
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theHeaderIsFixedWhileActive() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        assertThatThrownBy(() -> channel.config().setOption(FrameChannelOption.VNET_HEADER, VnetHeaderLength.MERGEABLE))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("before bind");
        assertThat(channel.vnetHeaderLength()).isEqualTo(channel.config().getVnetHeader().bytes());
    }

    @Test
    void anEventLoopOfNioIsRefusedWithWhatToUse() throws Exception {
        Assumptions.assumeTrue(testbed().needsDescriptor(), "this device runs on any event loop");
        EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            FrameChannel channel = testbed().newChannel();
            assertThat(causeOf(nio.register(channel))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("incompatible event loop type").hasMessageContaining("EpollIoHandler")
                .hasMessageContaining("MultiThreadIoEventLoopGroup");
            assertThat(channel.isOpen()).isFalse();
        } finally {
            nio.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void anEventLoopWithoutAnIoHandlerIsRefusedWithWhatToUse() throws Exception {
        EventLoopGroup loops = new DefaultEventLoop();
        try {
            FrameChannel channel = testbed().newChannel();
            assertThat(causeOf(loops.register(channel))).isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("incompatible event loop type: a DefaultEventLoop runs no I/O handler: use new"
                    + " MultiThreadIoEventLoopGroup(X.newFactory()) with X one of ")
                .hasMessageContaining("PollIoHandler");
            assertThat(channel.isOpen()).isFalse();
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aChannelMovesToAnotherEventLoop() throws Exception {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                threads.add(Thread.currentThread());
            }
        };
        FrameChannel channel = bind(collector);
        for (int move = 0; move < 4; move++) {
            send(move * 10, 3);
            assertThat(collector.numbers(3)).isEqualTo(numbers(move * 10, 3));
            assertThat(causeOf(channel.writeAndFlush(frame(move)))).isNull();
            assertThat(received(1)).containsExactly((long) move);
            channel.deregister().sync();
            assertThat(channel.isRegistered()).isFalse();
            // They are sent while no event loop serves the channel. The device keeps them.
            send(move * 10 + 3, 2);
            group().register(channel).sync();
            assertThat(collector.numbers(2)).isEqualTo(numbers(move * 10 + 3, 2));
        }
        assertThat(threads).hasSize(2);
        assertThat(collector.events().stream().filter("active"::equals)).hasSize(1);
        assertThat(collector.exceptions()).isEmpty();
    }

    @Test
    void whatIsBeingSentWhenTheEventLoopIsLeftIsSentOnce() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        ChannelFuture last = onLoop(channel, () -> {
            for (int i = 1; i < 5; i++) {
                channel.write(Unpooled.directBuffer().writeBytes(TestFrames.frame(i)));
            }
            ChannelFuture written = channel.writeAndFlush(Unpooled.directBuffer().writeBytes(TestFrames.frame(5)));
            channel.deregister();
            return written;
        });
        await("unregistered", () -> !channel.isRegistered());
        group().register(channel).sync();
        assertThat(causeOf(last)).isNull();
        assertThat(causeOf(channel.writeAndFlush(frame(6)))).isNull();
        assertThat(received(6)).isEqualTo(numbers(1, 6));
    }

    @Test
    void whatIsFlushedBetweenTwoEventLoopsIsSentByTheSecond() throws Exception {
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = bind(collector);
        channel.deregister().sync();
        ChannelFuture written = channel.writeAndFlush(frame(1));
        assertThat(written.isDone()).isFalse();
        group().register(channel).sync();
        assertThat(causeOf(written)).isNull();
        assertThat(received(1)).containsExactly(1L);
        assertThat(channel.isActive()).isTrue();
    }

    @Test
    void closeBetweenTwoEventLoops() throws Exception {
        FrameChannel channel = bind(new FrameCollector());
        channel.deregister().sync();
        ByteBuf frame = frame(1);
        ChannelFuture written = channel.writeAndFlush(frame);
        channel.close().sync();
        assertThat(causeOf(written)).isNull();
        assertThat(frame.refCnt()).isZero();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void theEndOfTheGroupClosesItsChannels() throws Exception {
        FrameCollector collector = new FrameCollector();
        EventLoopGroup own = loop.newGroup(1);
        FrameChannel channel = testbed().newChannel();
        channel.pipeline().addLast(collector);
        own.register(channel).sync();
        bind(channel);
        // Without a quiet period, a loop of Netty that is running tasks ends before it has closed its channels.
        own.shutdownGracefully(50, 10_000, TimeUnit.MILLISECONDS).sync();
        assertThat(channel.closeFuture().isDone()).isTrue();
        assertThat(collector.events()).contains("inactive");
    }

    @Test
    void aGroupThatShutsDownAtOnceClosesItsChannels() throws Exception {
        for (int run = 0; run < 16; run++) {
            FrameCollector collector = new FrameCollector();
            EventLoopGroup own = loop.newGroup(1);
            FrameChannel channel = testbed().newChannel();
            channel.pipeline().addLast(collector);
            own.register(channel).sync();
            ChannelFuture bound = channel.bind(testbed().address());
            if (run % 2 == 0) {
                bound.sync();
            }
            own.shutdownGracefully(0, 10_000, TimeUnit.MILLISECONDS).sync();
            assertThat(channel.isOpen()).as("open after the end, run %d, events %s", run, collector.events()).isFalse();
            assertThat(channel.closeFuture().isDone()).isTrue();
            assertThat(collector.events().stream().filter("unregistered"::equals)).as("%s", collector.events())
                .hasSize(1);
            assertThat(collector.events().stream().filter("inactive"::equals)).as("%s", collector.events())
                .hasSameSizeAs(collector.events().stream().filter("active"::equals).toList());
        }
    }

    @Test
    void openAndCloseLeaveNoDescriptor() throws Exception {
        bind(new FrameCollector()).close().sync();
        long before = OpenDescriptors.ofTaps();
        for (int i = 0; i < 20; i++) {
            FrameChannel channel = bind(new FrameCollector());
            if (i % 3 == 0) {
                channel.deregister().sync();
            }
            channel.close().sync();
        }
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
    }

    @Test
    void whatIsReadAheadWhenTheEventLoopIsLeftIsNotLost() throws Exception {
        FrameCollector collector = new FrameCollector() {
            @Override
            protected void frame(ChannelHandlerContext ctx, ByteBuf frame) {
                if (TestFrames.number(frame) == 1) {
                    ctx.channel().deregister();
                }
            }
        };
        FrameChannel channel = bind(ready -> {
            ready.config().setAutoRead(false);
            ready.read();
        }, collector);
        onLoop(channel, () -> {
            send(1, 20);
            return null;
        });
        assertThat(collector.numbers(1)).containsExactly(1L);
        await("unregistered", () -> !channel.isRegistered());
        group().register(channel).sync();
        channel.config().setAutoRead(true);
        assertThat(collector.numbers(19)).isEqualTo(numbers(2, 19));
    }
}
