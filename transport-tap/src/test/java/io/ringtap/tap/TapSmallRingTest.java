/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.ringtap.channel.FrameChannel;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.RequiresTap;
import io.ringtap.testkit.TestFrames;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** An io_uring whose submission queue is shorter than a batch of writes. The batch is then submitted in parts. */
@RequiresTap
class TapSmallRingTest {
    private static final int LENGTH = 1000;

    private EventLoopGroup group;
    private TapTestbed testbed;
    private FrameChannel channel;

    @BeforeEach
    void open() throws Exception {
        Assumptions.assumeTrue(FrameLoop.IO_URING.isAvailable(), "no io_uring");
        group = new MultiThreadIoEventLoopGroup(2,
            IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(8)));
        testbed = new TapTestbed();
        channel = testbed.newChannel();
        group.register(channel).sync();
        channel.bind(testbed.address()).sync();
        testbed.ready();
    }

    @AfterEach
    void close() throws Exception {
        if (group != null) {
            channel.close().sync();
            group.shutdownGracefully(50, 10_000, TimeUnit.MILLISECONDS).sync();
            testbed.close();
        }
    }

    private static ByteBuf frame(long number) {
        return Unpooled.directBuffer().writeBytes(TestFrames.frame(number, LENGTH));
    }

    private List<Long> received() throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (byte[] frame; (frame = testbed.receive(300)) != null;) {
            numbers.add(TestFrames.number(frame));
        }
        return numbers;
    }

    /** Writes frames with these numbers, and after the first one a frame that is refused, and flushes. */
    private List<ChannelFuture> write(int first, int count) {
        List<ChannelFuture> written = new ArrayList<>();
        written.add(channel.write(frame(first)));
        channel.write(Unpooled.directBuffer().writeZero(3));
        for (int i = first + 1; i < first + count; i++) {
            written.add(channel.write(frame(i)));
        }
        channel.flush();
        return written;
    }

    @Test
    void aRefusedFrameKeepsNoOtherFromItsPlace() throws Exception {
        for (boolean canBeFull : new boolean[] {false, true}) {
            if (canBeFull) {
                channel.config().setOption(ChannelOption.SO_SNDBUF, 1_000_000);
            }
            List<ChannelFuture> written = channel.eventLoop().submit(() -> write(0, 13)).get();
            for (ChannelFuture future : written) {
                assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(future.cause()).isNull();
            }
            assertThat(received()).isEqualTo(LongStream.range(0, 13).boxed().toList());
        }
    }

    @Test
    void framesThatFindTheDeviceFullInThePartsOfABatchKeepTheirOrder() throws Exception {
        testbed.stall();
        List<ChannelFuture> written = channel.eventLoop().submit(() -> write(0, 60)).get();
        await("the device is full", () -> channel.eventLoop().submit(channel::isFull).get());
        assertThat(written.get(59).isDone()).isFalse();
        // The device has room and is full by turns while frames are being written.
        testbed.resume();
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(future.cause()).isNull();
        }
        assertThat(received()).isEqualTo(LongStream.range(0, 60).boxed().toList());
    }

    @Test
    void whatWasSentBehindARefusedFrameIsNotSentAgainByTheNextLoop() throws Exception {
        testbed.stall();
        // Fills the device except for a few frames.
        List<ChannelFuture> written = channel.eventLoop().submit(() -> write(0, 9)).get();
        written.addAll(channel.eventLoop().submit(() -> {
            List<ChannelFuture> futures = write(9, 30);
            channel.deregister();
            return futures;
        }).get());
        await("the channel has left its loop", () -> !channel.isRegistered());
        group.register(channel).sync();
        testbed.resume();
        for (ChannelFuture future : written) {
            assertThat(future.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(future.cause()).isNull();
        }
        assertThat(received()).isEqualTo(LongStream.range(0, 39).boxed().toList());
    }
}
