/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.tap;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testing.RequiresTap;
import io.ringtap.testing.TestFrames;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** An io_uring whose submission queue is shorter than a batch of writes, which cuts the chain of linked ones. */
@RequiresTap
class TapSmallRingTest {
    @Test
    void aRefusedFrameInACutChainSendsNoOtherTwice() throws Exception {
        Assumptions.assumeTrue(FrameLoop.IO_URING.isAvailable(), "no io_uring");
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1,
            IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(8)));
        try (TapTestbed testbed = new TapTestbed()) {
            Channel channel = testbed.newChannel();
            group.register(channel).sync();
            channel.bind(testbed.address()).sync();
            testbed.ready();
            ChannelFuture last = channel.eventLoop().submit(() -> {
                channel.write(Unpooled.directBuffer().writeBytes(TestFrames.frame(0)));
                channel.write(Unpooled.directBuffer().writeZero(3));
                for (int i = 1; i < 12; i++) {
                    channel.write(Unpooled.directBuffer().writeBytes(TestFrames.frame(i)));
                }
                return channel.writeAndFlush(Unpooled.directBuffer().writeBytes(TestFrames.frame(12)));
            }).get();
            assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
            List<Long> numbers = new ArrayList<>();
            for (byte[] frame; (frame = testbed.receive(300)) != null;) {
                numbers.add(TestFrames.number(frame));
            }
            assertThat(numbers).doesNotHaveDuplicates().hasSize(13);
            channel.close().sync();
        } finally {
            group.shutdownGracefully(50, 10_000, TimeUnit.MILLISECONDS).sync();
        }
    }
}
