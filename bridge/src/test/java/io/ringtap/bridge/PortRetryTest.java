/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.bridge;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.ringtap.channel.FrameChannel;
import io.ringtap.channel.FramePort;
import io.ringtap.channel.spi.FrameTransport;
import io.ringtap.channel.spi.PortKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A transport that throws where it should return a failed future. */
@Timeout(60)
class PortRetryTest {
    private static final PortOptions OPTIONS = PortOptions.builder().queues(2).build();

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final RecordingListener listener = new RecordingListener();
    private final Throwing transport = new Throwing();
    private final FramePort port = new FramePort("stand-in:1", transport, StandInChannel.ADDRESS, Map.of(), Map.of());

    private static final class Throwing implements FrameTransport {
        private final ConcurrentLinkedQueue<Throwable> next = new ConcurrentLinkedQueue<>();

        @Override
        public String syntax() {
            return "stand-in:NAME";
        }

        @Override
        public String description() {
            return "a port that may not open";
        }

        @Override
        public boolean claims(String name) {
            return name.startsWith("stand-in:");
        }

        @Override
        public SocketAddress address(String name) {
            return StandInChannel.ADDRESS;
        }

        @Override
        public FrameChannel newChannel() {
            return new StandInChannel();
        }

        @Override
        public int maxQueues() {
            return 2;
        }

        @Override
        public Future<List<FrameChannel>> bindQueues(Bootstrap bootstrap, SocketAddress address,
                                                     List<? extends EventLoopGroup> loops) {
            Throwable failure = next.poll();
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof RuntimeException exception) {
                throw exception;
            }
            List<FrameChannel> channels = new ArrayList<>();
            loops.forEach(loop -> channels.add((FrameChannel) bootstrap.bind(address).syncUninterruptibly().channel()));
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(channels);
        }

        @Override
        public List<PortKey<?>> keys() {
            return List.of();
        }
    }

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aPortIsSoughtOnAfterItsOpeningHasThrown() throws Exception {
        try (Bridge bridge = Bridge.builder().listener(listener).reopen(Duration.ofMillis(1)).build()) {
            bridge.open(group).sync();
            BridgePort first = bridge.addPort(port, OPTIONS).sync().getNow();
            transport.next.addAll(List.of(new IllegalStateException("a fault"), new NoClassDefFoundError("a class"),
                new OutOfMemoryError("no memory")));
            first.channels().forEach(channel -> ((StandInChannel) channel).vanish());
            await("the port is back", () -> bridge.ports().size() == 1 && bridge.ports().get(0) != first);
            assertThat(transport.next).isEmpty();
            await("what was told", () -> listener.events.stream().filter(event -> event.startsWith("sought")).count()
                == 3);
            assertThat(listener.events).anyMatch(event -> event.matches("sought stand-in:1 .*a fault"))
                .anyMatch(event -> event.matches("sought stand-in:1 .*a class"))
                .anyMatch(event -> event.matches("sought stand-in:1 .*no memory"));
        }
    }

    /** The bridge waits for what has begun before it ends. */
    @Test
    void aPortWhoseOpeningThrowsIsToldAndTheBridgeEnds() throws Exception {
        try (Bridge bridge = Bridge.builder().listener(listener).build()) {
            bridge.open(group).sync();
            transport.next.add(new NoClassDefFoundError("a class"));
            Future<BridgePort> added = bridge.addPort(port, OPTIONS);
            assertThat(added.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(added.cause()).hasMessageContaining("port stand-in:1 cannot be opened: a class");
            bridge.shutdown().sync();
        }
    }

    @Test
    void aChannelThatCannotBeAskedForItsStateIsRefusedAndClosed() throws Exception {
        try (Bridge bridge = Bridge.builder().listener(listener).build()) {
            bridge.open(group).sync();
            StandInChannel channel = new StandInChannel();
            channel.becomeUnknown();
            new Bootstrap().group(group).channelFactory(() -> channel).handler(new ChannelInboundHandlerAdapter())
                .bind(StandInChannel.ADDRESS).sync();
            Future<BridgePort> added = bridge.addPort(channel, PortOptions.DEFAULT);
            assertThat(added.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(added.cause()).hasMessage("the state is not known");
            await("the channel to close", () -> !channel.isOpen());
            assertThat(bridge.ports()).isEmpty();
        }
    }
}
