/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.ringtap.channel.DeviceEvent;
import io.ringtap.channel.FrameChannel;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import io.ringtap.testsuite.FrameCollector;
import io.ringtap.testsuite.TestLoops.TestLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A tap is deleted while its channel moves from one event loop to another. */
@RequiresTap
@ParameterizedClass
@MethodSource("io.ringtap.testsuite.TestLoops#available")
class TapMoveTest {
    @Parameter
    TestLoop loop;

    private EventLoopGroup group;
    private TapTestbed testbed;

    @AfterEach
    void close() throws Exception {
        if (group != null) {
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
        if (testbed != null) {
            testbed.close();
        }
    }

    @Test
    void framesThatWereReadAheadAreReleasedThoughTheDeviceIsGone() throws Exception {
        group = loop.newGroup(2);
        testbed = new TapTestbed();
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = testbed.newChannel();
        channel.config().setAllocator(allocator);
        channel.config().setAutoRead(false);
        channel.pipeline().addLast(collector);
        group.register(channel).sync();
        channel.bind(testbed.address()).sync();
        testbed.ready();
        for (int i = 0; i < 20; i++) {
            testbed.send(TestFrames.frame(i));
        }
        channel.read();
        assertThat(collector.numbers(1)).containsExactly(0L);

        List<ChannelFuture> written = channel.eventLoop().submit(() -> {
            channel.deregister();
            List<ChannelFuture> futures = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                futures.add(channel.write(Unpooled.directBuffer(60).writeBytes(TestFrames.frame(i))));
            }
            testbed.delete();
            channel.flush();
            return futures;
        }).get();
        await("unregistered", () -> !channel.isRegistered());
        group.register(channel).await(10, TimeUnit.SECONDS);

        assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(future.cause()).as("of a frame that was not sent").isNotNull();
        }
        await("the release of all memory", () -> allocator.metric().usedDirectMemory() == 0);
        // By a task, which may run after the close.
        await("the end", () -> collector.events().contains("inactive"));
        assertThat(collector.events().stream().filter("inactive"::equals)).hasSize(1);
    }

    @Test
    void whatHappensToTheLinkBetweenTwoEventLoopsIsToldByTheSecond() throws Exception {
        group = loop.newGroup(2);
        testbed = new TapTestbed();
        FrameCollector collector = new FrameCollector();
        FrameChannel channel = testbed.newChannel();
        channel.pipeline().addLast(collector);
        group.register(channel).sync();
        channel.bind(testbed.address()).sync();
        testbed.ready();
        channel.deregister().sync();
        testbed.change("mtu", "9000");
        testbed.change("down");
        group.register(channel).sync();
        await("the events", () -> collector.deviceEvents().size() == 2);
        assertThat(collector.deviceEvents())
            .containsExactly(new DeviceEvent.MtuChanged(1500, 9000), new DeviceEvent.LinkDown());
        testbed.change("up");
        await("the link is up", () -> collector.deviceEvents().contains(new DeviceEvent.LinkUp()));
        testbed.ready();
        testbed.send(TestFrames.frame(1, 9014));
        assertThat(collector.next()).isEqualTo(TestFrames.frame(1, 9014));
        assertThat(channel.stats().rxDrops()).isZero();
        channel.close().sync();
    }
}
