/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.netmap;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.netmap.port.NetmapPort;
import io.ringtap.internal.netmap.ring.NetmapRxRing;
import io.ringtap.internal.netmap.ring.NetmapTxRing;
import io.ringtap.internal.netmap.ring.RandomFrames;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One channel reads batches and another writes them. Between the channels is the handler under test. At the far ends of
 * their pipes are rings without channels. The length and the bytes of each frame depend on its number.
 */
class BatchForwardTest {
    private static final int SLOTS = 128;
    private static final String SAME = "vale0:p}2@conf:slots=" + SLOTS;
    private static final String OTHER = "vale1:p}2@conf:slots=" + SLOTS;

    /** What a handler does with a batch. */
    private enum Way {
        AS_IT_IS((batch, random) -> batch),
        MOVED((batch, random) -> {
            FrameBatch moved = FrameBatch.newInstance();
            while (!batch.isEmpty()) {
                batch.moveTo(moved);
            }
            batch.release();
            return moved;
        }),
        AS_BUFFERS((batch, random) -> {
            for (int i = 0; i < batch.size(); i++) {
                assertThat(batch.get(i).readableBytes()).isEqualTo(batch.length(i));
            }
            return batch;
        }),
        MIXED((batch, random) -> {
            FrameBatch mixed = FrameBatch.newInstance();
            while (!batch.isEmpty()) {
                if (random.nextInt(4) == 0) {
                    mixed.add(batch.poll());
                } else if (random.nextInt(4) == 0) {
                    mixed.add(Unpooled.copiedBuffer(batch.get(0)));
                    batch.poll().release();
                } else {
                    batch.moveTo(mixed);
                }
            }
            batch.release();
            return mixed;
        });

        private final BiFunction<FrameBatch, Random, FrameBatch> change;

        Way(BiFunction<FrameBatch, Random, FrameBatch> change) {
            this.change = change;
        }
    }

    private final EmbeddedNetmap netmap = Netmap.newEmbedded();
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
    private final EventLoop inLoop = loops.next();
    private final EventLoop outLoop = loops.next();
    private final EventLoop thirdLoop = loops.next();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    /** From here on, frames that are not sent fail, as their channel is closed. */
    private volatile boolean closing;
    private NetmapChannel in;
    private NetmapChannel out;
    private NetmapPort source;
    private NetmapPort sink;

    @AfterEach
    void close() throws InterruptedException {
        for (Channel channel : new Channel[] {in, out}) {
            if (channel != null) {
                channel.close().sync();
            }
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        source.close();
        sink.close();
        assertThat(failures).isEmpty();
        assertThat(Netmap.pinnedPorts()).isEmpty();
    }

    private void open(String outgoing, EventLoop loopOfOut, Way way, int lent)
        throws InterruptedException, NetmapException {
        out = bind(loopOfOut, outgoing, new ChannelInboundHandlerAdapter(), 0);
        in = bind(inLoop, "vale0:p}1@conf:slots=" + SLOTS, new ChannelInboundHandlerAdapter() {
            private final Random random = new Random(7);

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                out.write(way.change.apply((FrameBatch) message, random)).addListener(written -> {
                    if (!written.isSuccess() && !closing) {
                        failures.add(written.cause());
                    }
                });
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                out.flush();
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                failures.add(cause);
            }
        }, lent);
        source = far("vale0:p{1");
        sink = far(outgoing.replaceAll("}2.*", "{2"));
    }

    private NetmapPort far(String name) throws NetmapException {
        return NetmapPort.open(netmap, NetmapAddress.parse(name), 0, 0);
    }

    private NetmapChannel bind(EventLoop loop, String name, ChannelInboundHandlerAdapter handler, int lent)
        throws InterruptedException {
        ChannelFuture bound = new Bootstrap().group(loop).channel(NetmapChannel.class).handler(handler)
            .option(NetmapChannelOption.DRIVER, netmap).option(NetmapChannelOption.LENT_BUFFERS, lent)
            .option(FrameChannelOption.READ_BATCHES, true).bind(NetmapAddress.parse(name));
        return (NetmapChannel) bound.sync().channel();
    }

    /** Some are longer than a slot. */
    private static byte[] frame(int number, boolean chains) {
        int length = chains && number % 50 == 17 ? 5000 : 60 + number * 31 % 1454;
        byte[] frame = RandomFrames.bytes(number, length);
        frame[0] = 2;
        return frame;
    }

    /** There are fewer frames on their way than buffers that can be lent. */
    private void forward(int first, int count, boolean chains) throws NetmapException, InterruptedException {
        NetmapTxRing tx = source.txRings().get(0);
        NetmapRxRing rx = sink.rxRings().get(0);
        int sent = first;
        int received = first;
        int end = first + count;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (received < end) {
            assertThat(System.nanoTime()).as("%d of %d frames, %s", received, end, failures).isLessThan(deadline);
            int limit = Math.min(end, received + 2 * SLOTS);
            while (sent < limit && tx.write(Unpooled.wrappedBuffer(frame(sent, chains)))) {
                sent++;
            }
            source.txSync();
            sink.rxSync();
            for (int length; (length = rx.next()) != NetmapRxRing.NONE; received++) {
                ByteBuf frame = Unpooled.buffer(length);
                rx.read(frame);
                rx.release();
                assertThat(frame).as("frame %d", received).isEqualTo(Unpooled.wrappedBuffer(frame(received, chains)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void framesArriveInOrderAndUncopied(Way way) throws Exception {
        open(SAME, inLoop, way, 512);
        forward(0, 5000, false);
        assertThat(in.stats().rxFrames()).isEqualTo(5000);
        assertThat(out.stats().txFrames()).isEqualTo(5000);
        assertThat(out.stats().txBytes()).isEqualTo(in.stats().rxBytes());
        assertThat(in.copiedFrames()).isZero();
        assertThat(out.swappedFrames()).isBetween(way == Way.MIXED ? 3000L : 5000L, 5000L);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void framesArriveOnAnotherLoop(Way way) throws Exception {
        open(SAME, outLoop, way, 512);
        forward(0, 5000, false);
        assertThat(out.swappedFrames()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"false, 512", "true, 512", "false, 5", "true, 5", "false, 0"})
    void framesGoIntoAnotherRegion(boolean anotherLoop, int lent) throws Exception {
        open(OTHER, anotherLoop ? outLoop : inLoop, Way.MOVED, lent);
        forward(0, 3000, false);
        assertThat(out.swappedFrames()).isZero();
        assertThat(in.lentFrames() + in.copiedFrames()).isEqualTo(3000);
    }

    @ParameterizedTest
    @CsvSource({"AS_IT_IS, 512", "MIXED, 512", "MOVED, 7", "AS_BUFFERS, 7"})
    void chainsAndFramesThatHaveToBeCopiedKeepTheirPlace(Way way, int lent) throws Exception {
        open(SAME, inLoop, way, lent);
        forward(0, 3000, true);
        assertThat(in.copiedFrames()).isGreaterThanOrEqualTo(60);
        assertThat(in.lentFrames()).isPositive();
    }

    @Test
    void theLoopsOfBothEndsMayChange() throws Exception {
        open(SAME, inLoop, Way.MIXED, 512);
        int sent = 0;
        for (EventLoop loop : List.of(outLoop, thirdLoop, inLoop)) {
            for (NetmapChannel channel : new NetmapChannel[] {in, out}) {
                channel.deregister().sync();
                loop.register(channel).sync();
                forward(sent, 700, true);
                sent += 700;
            }
        }
    }

    @Test
    void whatCannotBeSentWaitsWhereItLies() throws Exception {
        open(SAME, inLoop, Way.AS_IT_IS, 512);
        // More frames than the ring to the sink and the spare buffers can hold, as nobody reads.
        NetmapTxRing tx = source.txRings().get(0);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        int sent = 0;
        while (in.stats().rxFrames() < 800) {
            assertThat(System.nanoTime()).as("%d frames sent", sent).isLessThan(deadline);
            while (sent < 800 && tx.write(Unpooled.wrappedBuffer(frame(sent, false)))) {
                sent++;
            }
            source.txSync();
        }
        assertThat(out.stats().txFrames()).isLessThan(SLOTS);
        assertThat(in.copiedFrames()).as("what there was no spare for").isPositive();
        int received = 0;
        NetmapRxRing rx = sink.rxRings().get(0);
        while (received < sent) {
            assertThat(System.nanoTime()).as("%d of %d frames", received, sent).isLessThan(deadline);
            sink.rxSync();
            for (int length; (length = rx.next()) != NetmapRxRing.NONE; received++) {
                assertThat(length).as("frame %d", received).isEqualTo(frame(received, false).length);
                rx.release();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void closingOneEndLeavesNothingOfWhatWaits(boolean inFirst) throws Exception {
        open(SAME, outLoop, Way.AS_IT_IS, 512);
        NetmapTxRing tx = source.txRings().get(0);
        for (int i = 0; i < 400;) {
            while (i < 400 && tx.write(Unpooled.wrappedBuffer(frame(i, false)))) {
                i++;
            }
            source.txSync();
            Thread.onSpinWait();
        }
        closing = true;
        (inFirst ? in : out).close().sync();
        (inFirst ? out : in).close().sync();
    }
}
