/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.ringtap.testsuite.TestLoops;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.TimeUnit;

import static io.ringtap.netmap.Sink.bootstrap;
import static io.ringtap.netmap.Sink.frame;
import static io.ringtap.netmap.Sink.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/** From one port of the kernel to another through a handler: by index within a region, otherwise by one copy. */
class KernelForwardTest {
    private static final int FRAMES = 4000;
    /** At most as many frames at once as a ring of a switch has slots. The switch drops more. */
    private static final int BATCH = 200;

    /**
     * Writes to another channel, which is never full, as at most as many frames are on their way as a ring has slots.
     */
    private static final class Forward extends ChannelInboundHandlerAdapter {
        private final Channel to;

        Forward(Channel to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            to.write(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            to.flush();
        }
    }

    @BeforeAll
    static void requireNetmap() {
        assumeThat(Netmap.isAvailable()).as("a kernel with netmap").isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "valeRf0:s, valeRf0:in, valeRf1:out, valeRf1:end, false",
        "valeRf2:p{1, valeRf2:p}1, valeRf2:p{2, valeRf2:p}2, true",
    })
    void everyFrameComesOnceAndInOrder(String source, String in, String out, String end, boolean swapped)
        throws InterruptedException {
        EventLoopGroup group = TestLoops.available().findFirst().orElseThrow().newGroup(1);
        try {
            Sink atEnd = new Sink();
            NetmapChannel sender = open(group, new Sink(), source);
            NetmapChannel to = open(group, new Sink(), out);
            NetmapChannel from = (NetmapChannel) bootstrap(group, new Sink()).option(ChannelOption.AUTO_READ, false)
                .bind(NetmapAddress.parse(in)).sync().channel();
            from.pipeline().addFirst(new Forward(to));
            NetmapChannel receiver = open(group, atEnd, end);
            from.config().setAutoRead(true);
            for (int i = 0; i < FRAMES; i++) {
                ByteBuf frame = frame(60 + i % 1000);
                frame.setInt(20, i);
                sender.write(frame);
                if (i % BATCH == BATCH - 1) {
                    sender.flush();
                    for (int expected = i - BATCH + 1; expected <= i; expected++) {
                        ByteBuf received = atEnd.take();
                        assertThat(received.getInt(20)).isEqualTo(expected);
                        assertThat(received.readableBytes()).isEqualTo(60 + expected % 1000);
                        received.release();
                    }
                }
            }
            assertThat(from.lentFrames() + from.copiedFrames()).isEqualTo(FRAMES);
            assertThat(to.swappedFrames()).isEqualTo(swapped ? from.lentFrames() : 0);
            assertThat(from.lentFrames()).isPositive();
            assertThat(to.stats().txFrames()).isEqualTo(FRAMES);
            sender.close().sync();
            from.close().sync();
            to.close().sync();
            receiver.close().sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }
}
