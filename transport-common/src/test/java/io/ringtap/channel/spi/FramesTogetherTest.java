/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.channel.spi;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.ethernet.DropReason;
import io.ringtap.ethernet.FrameRefusedException;
import io.ringtap.loop.Readiness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import static io.ringtap.testkit.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A device that sends and receives several frames with one call. */
class FramesTogetherTest {
    private static final int TOGETHER = 4;
    private static final int REFUSED = 0xee;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Device device = new Device();
    private final StandInChannel channel = new StandInChannel(device);
    /** The first octet of each frame that the pipeline has had. */
    private final Queue<Integer> read = new ConcurrentLinkedQueue<>();

    /** Sends up to four frames with a call, and stops at one that begins with {@link #REFUSED}. */
    private static final class Device extends StandInChannel.Device {
        private final List<Integer> calls = new CopyOnWriteArrayList<>();
        private final List<ByteBuf> toRead = new ArrayList<>();
        private int errors;

        @Override
        public int framesTogether() {
            return TOGETHER;
        }

        @Override
        public int writeTogether(ByteBuf[] frames, int count) {
            int sent = 0;
            while (sent < count && frames[sent].getUnsignedByte(frames[sent].readerIndex()) != REFUSED) {
                written.add(ByteBufUtil.getBytes(frames[sent++]));
            }
            calls.add(sent);
            return sent;
        }

        @Override
        public int write(ByteBuf frame) {
            if (frame.getUnsignedByte(frame.readerIndex()) == REFUSED) {
                throw new IllegalStateException(new FrameRefusedException(DropReason.REFUSED, "of this test"));
            }
            return super.write(frame);
        }

        @Override
        public void read(FrameSink sink) {
            if (toRead.isEmpty()) {
                super.read(sink);
                return;
            }
            ByteBuf[] several = toRead.toArray(new ByteBuf[0]);
            toRead.clear();
            sink.frames(several, several.length);
            assertThat(several).as("what the sink has taken out").containsOnlyNulls();
        }

        @Override
        public IOException failure() {
            errors++;
            return null;
        }
    }

    private void bind(ChannelInboundHandlerAdapter handler) throws InterruptedException {
        new Bootstrap().group(group).channelFactory(() -> channel).handler(handler).bind(device.localAddress()).sync();
    }

    @AfterEach
    void shutDown() throws InterruptedException {
        channel.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private static ByteBuf frame(int first) {
        return Unpooled.wrappedBuffer(new byte[] {(byte) first, 2, 3});
    }

    private List<ChannelFuture> write(int... firsts) throws InterruptedException {
        List<ChannelFuture> futures = new CopyOnWriteArrayList<>();
        channel.eventLoop().submit(() -> {
            for (int first : firsts) {
                futures.add(channel.write(frame(first)));
            }
            channel.flush();
        }).sync();
        return futures;
    }

    private List<Integer> written() {
        return device.written.stream().map(frame -> frame[0] & 0xff).toList();
    }

    @Test
    void oneCallSendsAsManyAsTheDeviceTakes() throws Exception {
        bind(new ChannelInboundHandlerAdapter());
        for (ChannelFuture future : write(1, 2, 3, 4, 5, 6, 7)) {
            future.sync();
        }
        assertThat(device.calls).containsExactly(4, 3);
        assertThat(written()).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(channel.stats().txFrames()).isEqualTo(7);
    }

    @Test
    void aFrameThatIsRefusedFailsAloneAndInItsTurn() throws Exception {
        bind(new ChannelInboundHandlerAdapter());
        List<ChannelFuture> futures = write(1, 2, REFUSED, 4, 5);
        assertThat(futures.get(2).await().isSuccess()).isFalse();
        for (int good : new int[] {0, 1, 3, 4}) {
            futures.get(good).sync();
        }
        assertThat(written()).containsExactly(1, 2, 4, 5);
        assertThat(channel.stats().txFrames()).isEqualTo(4);
    }

    @Test
    void aPromiseThatClosesTheChannelHasNothingSentTwice() throws Exception {
        bind(new ChannelInboundHandlerAdapter());
        List<ChannelFuture> futures = new CopyOnWriteArrayList<>();
        channel.eventLoop().submit(() -> {
            for (int first = 1; first <= 6; first++) {
                futures.add(channel.write(frame(first)));
            }
            futures.get(1).addListener(sent -> channel.close());
            channel.flush();
        }).sync();
        channel.closeFuture().sync();
        assertThat(written()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(futures).allMatch(ChannelFuture::isSuccess);
        assertThat(channel.stats().txFrames()).isEqualTo(6);
    }

    @Test
    void whatTheSinkDoesNotWantNowComesBeforeWhatIsReadNext() throws Exception {
        bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                read.add((int) ((ByteBuf) message).getUnsignedByte(0));
                ((ByteBuf) message).release();
                if (read.size() == 2) {
                    ctx.channel().config().setAutoRead(false);
                }
            }
        });
        channel.eventLoop().submit(() -> {
            device.toRead.addAll(List.of(frame(1), frame(2), frame(3), frame(4)));
            device.deliver(frame(5));
        }).sync();
        assertThat(read).containsExactly(1, 2);
        channel.eventLoop().submit(() -> {
            channel.read();
            // A wake-up that was under way when the frames were kept.
            device.listener().readable();
        }).sync();
        await("one frame for one read()", () -> read.size() == 3);
        channel.config().setAutoRead(true);
        await("the others", () -> read.size() == 5);
        assertThat(read).containsExactly(1, 2, 3, 4, 5);
        assertThat(channel.stats().rxFrames()).isEqualTo(5);
    }

    /** The leak extension fails this test if a frame is kept. */
    @Test
    void aHandlerThatClosesTheChannelLeavesNoFrameBehind() throws Exception {
        bind(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                read.add((int) ((ByteBuf) message).getUnsignedByte(0));
                ((ByteBuf) message).release();
                ctx.close();
            }
        });
        ByteBuf last = frame(3);
        channel.eventLoop().submit(() -> {
            device.toRead.addAll(List.of(frame(1), frame(2), last));
            device.deliver();
        }).sync();
        channel.closeFuture().sync();
        assertThat(read).containsExactly(1);
        assertThat(last.refCnt()).isZero();
    }

    @Test
    void anErrorThatTheDeviceHasReadAwayClosesNothing() throws Exception {
        bind(new ChannelInboundHandlerAdapter());
        Readiness.Listener[] told = new Readiness.Listener[1];
        channel.eventLoop().submit(() -> {
            told[0] = device.listener();
            told[0].failed();
        }).sync();
        assertThat(device.errors).isEqualTo(1);
        assertThat(channel.isActive()).isTrue();
    }
}
