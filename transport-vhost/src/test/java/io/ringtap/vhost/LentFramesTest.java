/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.vhost;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.ringtap.channel.FrameChannelOption;
import io.ringtap.ethernet.FrameBatch;
import io.ringtap.internal.unix.SharedMapping;
import io.ringtap.internal.unix.SystemCalls;
import io.ringtap.internal.vhost.queue.FrameInput;
import io.ringtap.loop.FrameLoop;
import io.ringtap.testkit.Await;
import io.ringtap.testkit.LeakExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames that are lent from the memory of a guest in a batch, while the guest does what it should not. */
@ExtendWith(LeakExtension.class)
class LentFramesTest {
    private static final int QUEUE = 64;
    private static final int LENGTH = 200;
    private static final long FEATURES = GuestPeer.usualFeatures();

    @TempDir
    private Path folder;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, FrameLoop.preferred().newFactory());
    private final Holder holder = new Holder();
    private VhostChannel channel;
    private GuestPeer guest;

    /** What is done with a batch. */
    @FunctionalInterface
    private interface Step {
        void act(FrameBatch batch) throws Exception;
    }

    /** Keeps batches, or sends them to a channel. */
    private static final class Holder extends ChannelInboundHandlerAdapter {
        private final BlockingQueue<FrameBatch> held = new LinkedBlockingQueue<>();
        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        private volatile Channel to;
        /** Is done once with a batch, in the turn that has read it: it is copied out in a later one. */
        private volatile Step once;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            Step step = once;
            if (step != null) {
                once = null;
                step.act((FrameBatch) message);
            } else if (to != null) {
                to.writeAndFlush(message);
            } else {
                held.add((FrameBatch) message);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            events.add(event);
        }

        FrameBatch next() throws InterruptedException {
            FrameBatch batch = held.poll(10, TimeUnit.SECONDS);
            assertThat(batch).as("a batch").isNotNull();
            return batch;
        }
    }

    @BeforeEach
    void open() throws Exception {
        channel = bind("vm1.sock", holder);
        guest = start(channel);
    }

    private VhostChannel bind(String name, Holder handler) throws InterruptedException {
        return (VhostChannel) new Bootstrap().group(group).channel(VhostChannel.class).handler(handler)
            .option(FrameChannelOption.READ_BATCHES, true).bind(new VhostAddress(folder.resolve(name).toString()))
            .sync().channel();
    }

    private static GuestPeer start(VhostChannel of) throws Exception {
        GuestPeer peer = GuestPeer.connect(of.localAddress(), QUEUE, FEATURES).start(FEATURES);
        Await.await("the link", of::isLinkUp);
        return peer;
    }

    @AfterEach
    void close() throws Exception {
        guest.close();
        channel.close().sync();
        for (FrameBatch batch; (batch = holder.held.poll()) != null;) {
            batch.release();
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    private static byte[] frame(int number) {
        byte[] frame = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            frame[i] = (byte) (number * 7 + i);
        }
        frame[0] = 2;
        return frame;
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return channel.eventLoop().submit(task).get(10, TimeUnit.SECONDS);
    }

    /** As the guest, after it has given a frame away. */
    private void overwriteMemory(byte[] from, byte[] to) throws Exception {
        SharedMapping mapping = SharedMapping.map(guest.memoryFile(), guest.region().size());
        ByteBuffer memory = mapping.buffer(0, (int) guest.region().size());
        int found = 0;
        for (int at = 0; at + from.length <= memory.capacity(); at++) {
            if (memory.get(at) == from[0] && memory.slice(at, from.length).equals(ByteBuffer.wrap(from))) {
                memory.put(at, to);
                found++;
            }
        }
        mapping.unmap();
        assertThat(found).as("frames in the memory").isPositive();
    }

    /** What was checked is what is used: the first bytes are those that were read first. */
    @Test
    void theFirstBytesStayWhenTheGuestChangesThem() throws Exception {
        byte[] first = frame(1);
        byte[] second = frame(2);
        BlockingQueue<byte[]> seen = new LinkedBlockingQueue<>();
        holder.once = batch -> {
            assertThat(batch.isHandle(0)).isTrue();
            overwriteMemory(first, second);
            assertThat(batch.length(0)).isEqualTo(LENGTH);
            assertThat(batch.getLong(0, 0)).isEqualTo(ByteBuffer.wrap(first).getLong(0));
            ByteBuf frame = batch.poll();
            seen.add(ByteBufUtil.getBytes(frame));
            frame.release();
            batch.release();
        };
        guest.transmit(first);
        byte[] expected = second.clone();
        System.arraycopy(first, 0, expected, 0, FrameInput.HEAD);
        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(expected);
    }

    /** A handler that keeps a batch does not keep GET_VRING_BASE waiting, nor the frames of the guest. */
    @Test
    void aRingStopsWhileFramesAreLent() throws Exception {
        onLoop(() -> {
            for (int i = 0; i < 40; i++) {
                guest.transmit(frame(i));
            }
            return null;
        });
        FrameBatch batch = holder.next();
        assertThat(guest.stopRing(GuestPeer.TRANSMIT)).isEqualTo(40);
        // The memory goes, too.
        guest.close();
        Await.await("the end", () -> !channel.isLinkUp());
        int number = 0;
        while (number < 40) {
            for (ByteBuf frame; number < 40 && (frame = batch.poll()) != null; number++) {
                assertThat(ByteBufUtil.getBytes(frame)).isEqualTo(frame(number));
                frame.release();
            }
            batch.release();
            batch = number < 40 ? holder.next() : null;
        }
    }

    /** A guest goes on though all its frames are kept, and each is as it was sent. */
    @Test
    void framesThatAreKeptDoNotStopTheGuest() throws Exception {
        int count = 5 * QUEUE;
        for (int i = 0; i < count; i++) {
            byte[] frame = frame(i);
            Await.await("room", () -> guest.transmit(frame));
        }
        Await.await("all frames", () -> holder.held.stream().mapToInt(FrameBatch::size).sum() == count);
        int number = 0;
        for (FrameBatch batch; (batch = holder.held.poll()) != null;) {
            // From another thread, whether they are lent or copied out.
            for (ByteBuf frame; (frame = batch.poll()) != null; number++) {
                assertThat(ByteBufUtil.getBytes(frame)).as("frame %d", number).isEqualTo(frame(number));
                frame.release();
            }
            batch.release();
        }
        assertThat(number).isEqualTo(count);
    }

    /** From guest to guest without a buffer, and the sender gets its own buffers back. */
    @Test
    void framesGoFromGuestToGuest() throws Exception {
        VhostChannel second = bind("vm2.sock", new Holder());
        try (GuestPeer other = start(second)) {
            holder.to = second;
            int received = 0;
            for (int i = 0; i < 10 * QUEUE; i++) {
                byte[] frame = frame(i);
                Await.await("room", () -> guest.transmit(frame));
                if (i % 20 == 19) {
                    for (; received <= i; received++) {
                        byte[][] got = new byte[1][];
                        Await.await("a frame", () -> (got[0] = other.receive()) != null);
                        assertThat(got[0]).as("frame %d", received).isEqualTo(frame(received));
                    }
                }
            }
            assertThat(second.stats().txFrames()).isEqualTo(10 * QUEUE);
            assertThat(channel.stats().rxDrops()).isZero();
        } finally {
            second.close().sync();
        }
    }

    /** A guest whose receive queue is full keeps the frames of the other where they are, and loses none. */
    @Test
    void aFullQueueLosesNothing() throws Exception {
        VhostChannel second = bind("vm2.sock", new Holder());
        try (GuestPeer other = start(second)) {
            holder.to = second;
            int count = 4 * QUEUE;
            for (int i = 0; i < count; i++) {
                byte[] frame = frame(i);
                Await.await("room", () -> guest.transmit(frame));
            }
            for (int i = 0; i < count; i++) {
                byte[][] got = new byte[1][];
                Await.await("a frame", () -> (got[0] = other.receive()) != null);
                assertThat(got[0]).as("frame %d", i).isEqualTo(frame(i));
            }
        } finally {
            second.close().sync();
        }
    }

    /** The guest that shortens its memory is cut off, and the one that its frames were for is not. */
    @Test
    void memoryThatGoesAwayStopsItsOwnerOnly() throws Exception {
        VhostChannel second = bind("vm2.sock", new Holder());
        try (GuestPeer other = start(second)) {
            holder.once = batch -> {
                SystemCalls.truncate(guest.memoryFile(), 0);
                second.writeAndFlush(batch);
            };
            guest.transmit(frame(0));
            Await.await("the end", () -> holder.events.stream().anyMatch(PeerLost.class::isInstance));
            assertThat(second.isLinkUp()).isTrue();
            other.transmit(frame(1));
            Await.await("a frame of the other", () -> second.stats().rxFrames() == 1);
            second.pipeline().get(Holder.class).next().release();
        } finally {
            second.close().sync();
        }
    }
}
