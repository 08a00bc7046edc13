/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.UncheckedBooleanSupplier;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** How many frames one round reads if several at a time are lent to a batch. */
class BatchBudgetTest {
    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    /** An allocator that ends rounds before its number of messages is reached. */
    private static final class FiveFrames extends DefaultMaxMessagesRecvByteBufAllocator {
        FiveFrames() {
            super(1024);
        }

        @Override
        @SuppressWarnings("deprecation")
        public Handle newHandle() {
            return new MaxMessageHandle() {
                private int frames;

                @Override
                public void reset(ChannelConfig config) {
                    frames = 0;
                    super.reset(config);
                }

                @Override
                public int guess() {
                    return 2048;
                }

                @Override
                public boolean continueReading(UncheckedBooleanSupplier more) {
                    return ++frames < 5 && super.continueReading(more);
                }
            };
        }
    }

    @AfterEach
    void close() throws InterruptedException {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    /** Returns the frames and the bytes of the first round, with a ring full of frames of 2000 bytes. */
    private long[] firstRound(RecvByteBufAllocator allocator) throws Exception {
        BlockingQueue<long[]> rounds = new LinkedBlockingQueue<>();
        NetmapChannel in = (NetmapChannel) new Bootstrap().group(loops).channel(NetmapChannel.class)
            .handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    FrameBatch batch = (FrameBatch) message;
                    rounds.add(new long[] {batch.size(), batch.readableBytes()});
                    batch.release();
                }
            })
            .option(NetmapChannelOption.DRIVER, netmap).option(NetmapChannelOption.LENT_BUFFERS, 1024)
            .option(FrameChannelOption.READ_BATCHES, true).option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.RECVBUF_ALLOCATOR, allocator)
            .bind(NetmapAddress.parse("vale0:p}1@conf:slots=1024")).sync().channel();
        NetmapPort far = NetmapPort.open(netmap, NetmapAddress.parse("vale0:p{1"), 0, 0);
        for (int i = 0; i < 1000; i++) {
            assertThat(far.txRings().get(0).write(Unpooled.buffer(2000).writeZero(2000))).isTrue();
        }
        far.txSync();
        in.config().setAutoRead(true);
        long[] first = rounds.poll(10, TimeUnit.SECONDS);
        in.close().sync();
        far.close();
        return first;
    }

    @Test
    void aRoundEndsWithHalfAMegabyte() throws Exception {
        assertThat(firstRound(new FixedRecvByteBufAllocator(2048).maxMessagesPerRead(1024))[1])
            .isBetween(512 * 1024L, 512 * 1024L + 2000);
    }

    @Test
    void anAllocatorMayEndARoundEarlier() throws Exception {
        assertThat(firstRound(new FiveFrames())[0]).isEqualTo(5);
    }
}
