/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.ringtap.testing.FrameCollector;
import io.ringtap.testing.OpenDescriptors;
import io.ringtap.testing.PacketSocket;
import io.ringtap.testing.TestFrames;
import io.ringtap.unix.SystemCallException;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** One tap, several queues, each a channel. */
class TapQueuesTest extends RealTapTest {
    private final BlockingQueue<Long> received = new LinkedBlockingQueue<>();

    @ChannelHandler.Sharable
    private final class Collect extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf frame = (ByteBuf) msg;
            if (TestFrames.isOurs(frame)) {
                received.add(TestFrames.number(frame));
            }
            frame.release();
        }
    }

    private Future<List<TapChannel>> bind(String name, int queues) throws Exception {
        Bootstrap bootstrap = new Bootstrap().group(group).handler(new Collect())
            .option(TapChannelOption.NETWORK_NAMESPACE, namespace.name()).option(TapChannelOption.UP, true);
        return TapQueues.bind(bootstrap, new TapAddress(name), queues).await();
    }

    @Test
    void allQueuesAreOneDeviceOnSeveralLoops() throws Exception {
        List<TapChannel> queues = bind("tap%d", 4).get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        assertThat(queues).hasSize(4)
            .allMatch(queue -> queue.localAddress().equals(new TapAddress("tap0")));
        Set<EventLoop> loops = new HashSet<>();
        queues.forEach(queue -> loops.add(queue.eventLoop()));
        assertThat(loops).hasSize(2);

        PacketSocket peer = packetSocket("tap0");
        for (int i = 0; i < queues.size(); i++) {
            assertThat(write(queues.get(i), TestFrames.frame(i))).isNull();
            assertThat(receive(peer)).isEqualTo(TestFrames.frame(i));
        }
        Set<Long> expected = new HashSet<>();
        for (long i = 0; i < 100; i++) {
            peer.send(TestFrames.frame(i));
            expected.add(i);
        }
        Set<Long> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            seen.add(received.poll(10, TimeUnit.SECONDS));
        }
        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void oneQueueMayCloseAndTheOthersGoOn() throws Exception {
        List<TapChannel> queues = bind("t0", 2).get();
        queues.forEach(queue -> track(queue.newSucceededFuture()));
        queues.get(0).close().sync();
        PacketSocket peer = packetSocket("t0");
        peer.send(TestFrames.frame(5));
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(5L);
        assertThat(write(queues.get(1), TestFrames.frame(6))).isNull();
        assertThat(receive(peer)).isEqualTo(TestFrames.frame(6));
    }

    @Test
    void aFailureLeavesNone() throws Exception {
        namespace.ip("tuntap", "add", "dev", "single", "mode", "tap");
        long before = OpenDescriptors.ofTaps();
        Future<List<TapChannel>> bound = bind("single", 3);
        assertThat(bound.cause()).isInstanceOf(SystemCallException.class).hasMessageContaining("MULTI_QUEUE");
        assertThat(OpenDescriptors.settle(before)).isLessThanOrEqualTo(before);
    }

    @Test
    void aFailureAfterSomeAreOpenClosesThoseFirst() throws Exception {
        // The kernel gives 256 queues, and the first of them is taken.
        track(bind("t0", Map.of(TapChannelOption.MULTI_QUEUE, true), new FrameCollector()).sync());
        long before = OpenDescriptors.ofTaps();
        Future<List<TapChannel>> bound = bind("t0", TapQueues.MAX_QUEUES);
        assertThat(bound.isSuccess()).isFalse();
        assertThat(bound.cause()).isInstanceOf(SystemCallException.class);
        assertThat(OpenDescriptors.ofTaps()).isLessThanOrEqualTo(before);
    }

    @Test
    void theNumberOfQueuesIsChecked() {
        assertThatThrownBy(() -> bind("t0", 0)).hasMessageContaining("1 to 256");
        assertThatThrownBy(() -> bind("t0", 257)).hasMessageContaining("1 to 256");
    }
}
